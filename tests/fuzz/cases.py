"""Hostile inputs, from the data in hostile/: repositories by path, each beside a good file that must be
judged all the same."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

FOLDER = Path(__file__).with_name("hostile")
CANARY = "canary-7f3a9c"
GOOD = "good.yaml"
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: qbittorrent
spec:
  containers:
    - name: qbittorrent
      image: ghcr.io/home-operations/qbittorrent:5.1.2
"""


class Link(NamedTuple):
    """A symbolic link of a case, by its target."""

    target: str


Files = dict[str, str | Link]


class Place(NamedTuple):
    """A value in a manifest: the file's name, its text, and where in it the value begins and ends."""

    file: str
    text: str
    start: int
    end: int
    block: bool

    def put(self, value: str) -> str:
        """Return the manifest with another value at this place."""
        return self.text[: self.start] + value + ("\n" if self.block else "") + self.text[self.end :]


def read(name: str) -> Any:  # noqa: ANN401  (YAML of any shape)
    """Return a file of hostile/ as plain data."""
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def expand(parts: Any) -> str:  # noqa: ANN401  (a text, a part, or a list of them)
    """Return the text that parts stand for."""
    if isinstance(parts, str):
        return parts.replace("POD", POD).replace("CANARY", CANARY)
    if isinstance(parts, list):
        return "".join(map(expand, parts))
    if "numbered" in parts:
        return "".join(
            parts["numbered"].replace("{n}", str(number)).replace("{next}", str(number + 1))
            for number in range(parts["times"])
        )
    times = parts["times"]
    return str(parts["text"] * times + parts.get("then", "") + parts.get("close", "") * times)


@cache
def values() -> tuple[str, ...]:
    """Return the hostile values, as YAML."""
    return tuple(expand(value) for value in read("values.yaml"))


@cache
def places() -> tuple[Place, ...]:
    """Return every place of every manifest in places.yaml."""
    return tuple(place for file, text in read("places.yaml").items() for place in _places(file, text))


def _places(file: str, text: str) -> Iterator[Place]:
    waiting = [yaml.compose(text, Loader=yaml.SafeLoader)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            below = [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            below = node.value
        else:
            continue
        waiting += below
        for child in below:
            block = isinstance(child, yaml.CollectionNode) and not child.flow_style
            yield Place(file, text, child.start_mark.index, child.end_mark.index, block)


def documents() -> dict[str, Files]:
    """Return the repositories of one hostile file each."""
    return {name: {"bad.yaml": expand(parts)} for name, parts in read("documents.yaml").items()}


def repositories() -> dict[str, Files]:
    """Return the repositories that are hostile as a whole."""
    return {name: dict(_files(paths)) for name, paths in read("repositories.yaml").items()}


def _files(paths: Mapping[str, Any]) -> Iterator[tuple[str, str | Link]]:
    for path, content in paths.items():
        if isinstance(content, dict) and "link" in content:
            yield path, Link(content["link"])
        elif "{n}" in path:
            for number in range(content["times"]):
                text = content["numbered"].replace("{next}", str(number + 1))
                yield path.replace("{n}", str(number)), text
        else:
            yield path, expand(content)


def lay_out(files: Mapping[str, str | Link], folder: Path) -> None:
    """Write a case into an empty folder, as a repository of git's with the good file in it."""
    (folder / ".git").mkdir()
    for path, content in {**files, GOOD: POD}.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            os.symlink(content.target, target)
        else:
            target.write_bytes(content.encode("utf-8", "surrogatepass"))
