"""Hostile inputs, from the data in hostile/: repositories by path, each beside a good file that must be
judged all the same."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.manifests import UNGUARDED_POD

FOLDER = Path(__file__).with_name("hostile")
CANARY = "canary-7f3a9c"
GOOD = "good.yaml"
POD = UNGUARDED_POD
# In a namespace that no input names: a network policy of an input must not rightly answer for it.
GOOD_POD = POD.replace("\nspec:", "\n  namespace: untouched\nspec:")


OUTSIDE = "outside"


class Link(NamedTuple):
    """A symbolic link of a case, by its target."""

    target: str


class Pipe(NamedTuple):
    """A named pipe that nobody writes to."""


class Raw(NamedTuple):
    """A file of bytes that are no UTF-8."""

    data: bytes


Content = str | Link | Pipe | Raw
Files = dict[str, Content]


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
    return {
        name: dict(_files(paths))
        for file in ("repositories.yaml", "outside-paths.yaml", "growth.yaml")
        for name, paths in read(file).items()
    }


def configurations() -> dict[str, Files]:
    """Return the repositories whose configuration, baseline or rules are hostile: what may end a run."""
    return {name: dict(_files(paths)) for name, paths in read("configurations.yaml").items()}


def templates() -> dict[str, Files]:
    """Return the repositories of one hostile template each: of a Helm chart, and of a ResourceSet."""
    frames = read("template-frames.yaml")
    found: dict[str, Files] = {}
    for name, parts in read("templates.yaml").items():
        text = expand(parts)
        found[f"Helm: {name}"] = {
            path: frame.replace("TEMPLATE", text) for path, frame in frames["chart"].items()
        }
        other = text.replace("{{", "<<").replace("}}", ">>").replace(".Values", "inputs")
        found[f"ResourceSet: {name}"] = {
            path: frame.replace("TEMPLATE", other.replace("\n", "\n    "))
            for path, frame in frames["set"].items()
        }
    return found


def hidden() -> dict[str, Files]:
    """Return the repositories in which a torrent client is hard to see; what holds it is `bad…`."""
    found = read("hidden.yaml")
    alone = {name: {"bad.yaml": _content(parts)} for name, parts in found["files"].items()}
    return alone | {name: dict(_files(paths)) for name, paths in found["repositories"].items()}


def _files(paths: Mapping[str, Any]) -> Iterator[tuple[str, Content]]:
    for path, content in paths.items():
        if "{n}" in path:
            for number in range(content["times"]):
                text = content["numbered"].replace("{next}", str(number + 1)).replace("{n}", str(number))
                yield path.replace("{n}", str(number)), text.replace("POD", POD)
        else:
            yield path, _content(content)


def _content(content: Any) -> Content:  # noqa: ANN401  (YAML of any shape)
    if isinstance(content, dict) and "link" in content:
        return Link(content["link"])
    if isinstance(content, dict) and "pipe" in content:
        return Pipe()
    if isinstance(content, dict) and "encoded" in content:
        return Raw(expand(content["parts"]).encode(content["encoded"], "surrogatepass"))
    return expand(content)


def lay_out(files: Mapping[str, Content], folder: Path) -> None:
    """Write a case into an empty folder, as a repository of git's with the good file in it, and beside it a
    folder that must not be read."""
    if not any(path.split("/")[0] == ".git" for path in files):
        (folder / ".git").mkdir()
    for path, content in {**files, GOOD: GOOD_POD}.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Link):
            os.symlink(content.target, target)
        elif isinstance(content, Pipe):
            os.mkfifo(target)
        elif isinstance(content, Raw):
            target.write_bytes(content.data)
        else:
            target.write_bytes(content.encode("utf-8", "surrogatepass"))
    for path, text in read("outside.yaml").items():
        target = folder.parent / OUTSIDE / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(expand(text), encoding="utf-8")
