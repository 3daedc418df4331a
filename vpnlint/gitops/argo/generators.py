"""The generators of an Argo CD ApplicationSet → the parameters of its Applications.

Source: argo-cd v3.5, applicationset/generators/{list,git,matrix,merge,cluster}.go and
docs/operator-manual/applicationset. What asks a server (SCM providers, pull requests, plugins, the clusters
that Argo CD knows) cannot be told offline.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import translate
from typing import Any, TypeAlias

from vpnlint.errors import InputError
from vpnlint.files.tree import Tree
from vpnlint.gitops.helm_release.merge import read_values
from vpnlint.source.budget import Budget
from vpnlint.source.document import parse_within
from vpnlint.source.node import Node

Parameters: TypeAlias = dict[str, Any]
# The absolute path of a folder or file that a source names, by its path and its repoURL; None where it is not
# here.
Locate: TypeAlias = Callable[[str, str], str | None]
# Fills a Node's texts in with parameters, for the generators within a matrix.
Fill: TypeAlias = Callable[[Node, Parameters], Node]
_KINDS = ("list", "git", "matrix", "merge", "clusters")
_IN_CLUSTER = {
    "name": "in-cluster",
    "nameNormalized": "in-cluster",
    "server": "https://kubernetes.default.svc",
}
_WILD = re.compile(r"[*?\[\\]")
_MAX_NESTING = 3


@dataclass
class Generators:
    """What generators read, and how.

    flat: parameters have dotted names (`path.basename`), as without goTemplate.
    """

    tree: Tree
    locate: Locate
    fill: Fill
    budget: Budget
    flat: bool
    unknown: list[InputError]

    def parameters(self, generator: Node, depth: int = 0) -> list[Parameters]:
        """Return the parameters that a generator gives; why there may be others is noted."""
        kind = next((key for key in _KINDS if key in generator.map), "")
        if not kind:
            named = next((key for key in generator.map if key not in ("selector", "template")), "none")
            self._give_up(generator, f"its generator {named} asks a server")
            return []
        if depth > _MAX_NESTING:
            self._give_up(generator, "its generators nest too deeply")
            return []
        inside = generator.map[kind]
        selector = generator.get("selector")
        found = []
        for item in self._made(kind, inside, depth):
            self.budget.spend(generator, objects=1, steps=10 + len(item))
            if selector is None or self._is_selected(item, selector):
                found.append(item)
        return found

    def _made(self, kind: str, inside: Node, depth: int) -> Iterator[Parameters]:
        if kind == "list":
            yield from self._list(inside)
        elif kind == "git":
            yield from self._git(inside)
        elif kind == "matrix":
            yield from self._matrix(inside, depth)
        elif kind == "merge":
            yield from self._merge(inside, depth)
        else:
            yield from self._clusters(inside)

    def _list(self, inside: Node) -> Iterator[Parameters]:
        elements = inside.items("elements")
        text = inside.get("elementsYaml")
        if text is not None and text.text:
            elements = [*elements, *read_parameter_sets(text)]
        for element in elements:
            yield flatten_parameters(element.plain()) if self.flat else element.plain()

    def _git(self, inside: Node) -> Iterator[Parameters]:
        url, prefix = inside.text_at("repoURL"), inside.text_at("pathParamPrefix")
        values = inside.get("values")
        paths: list[tuple[str, Parameters]] = []
        if inside.items("directories"):
            paths = [(path, {}) for path in self._matching(inside.items("directories"), url, folders=True)]
        elif inside.items("files"):
            for path in self._matching(inside.items("files"), url, folders=False):
                paths += [(path, content) for content in self._contents(path, url, inside)]
        for path, content in paths:
            found = flatten_parameters(content) if self.flat else dict(content)
            found |= self._path(path, prefix, is_file="directories" not in inside.map)
            if values is not None:
                filled = self.fill(values, found).plain()
                found |= (
                    {f"values.{key}": value for key, value in filled.items()}
                    if self.flat
                    else {"values": filled}
                )
            yield found

    def _path(self, path: str, prefix: str, *, is_file: bool) -> Parameters:
        """Return what the parameters say of a directory, or of a file and the directory that it is in."""
        folder, filename = os.path.split(path) if is_file else (path, "")
        basename = os.path.basename(folder)
        about: Parameters = {
            "path": folder,
            "basename": basename,
            "basenameNormalized": _normalized(basename),
        }
        if is_file:
            about |= {"filename": filename, "filenameNormalized": _normalized(filename)}
        segments = folder.split("/")
        if not self.flat:
            nested: Parameters = {"path": {**about, "segments": segments}}
            return {prefix: nested} if prefix else nested
        start = f"{prefix}.path" if prefix else "path"
        flat = {f"{start}.{key}": value for key, value in about.items() if key != "path"}
        return {start: folder, **flat, **{f"{start}[{number}]": part for number, part in enumerate(segments)}}

    def _matching(self, entries: list[Node], url: str, *, folders: bool) -> list[str]:
        """Return the paths that the patterns of a git generator take, without those that it excludes."""
        found: dict[str, None] = {}
        excluded = [entry.text_at("path").strip("/") for entry in entries if entry.is_true("exclude")]
        for entry in entries:
            if not entry.is_true("exclude"):
                found |= dict.fromkeys(self._expand(entry, url, folders=folders))
        return sorted(
            path for path in found if not any(_fits(pattern, path, folders) for pattern in excluded)
        )

    def _expand(self, entry: Node, url: str, *, folders: bool) -> list[str]:
        pattern = os.path.normpath(entry.text_at("path").strip("/"))
        segments = pattern.split("/")
        fixed = list(itertools.takewhile(lambda segment: not _WILD.search(segment), segments))
        fixed = fixed[: len(segments) - 1] if not folders and len(fixed) == len(segments) else fixed
        if segments[0] == ".." or "\0" in pattern:
            self._give_up(entry, "its path leads outside of the repository")
            return []
        start = self.locate("/".join(fixed) or ".", url)
        if start is None:
            self._give_up(
                entry, f"the repository {url or 'of its generator'} is another one, or has no {pattern}"
            )
            return []
        found: list[str] = []
        waiting = [("/".join(fixed), start)]
        while waiting:
            path, place = waiting.pop()
            if folders and path and _fits(pattern, path, folders):
                found.append(path)
            if folders and path.count("/") + bool(path) >= len(segments):
                continue
            for name, is_folder in self.tree.folder(place).items():
                self.budget.spend(entry, steps=1)
                below = f"{path}/{name}" if path else name
                if is_folder and not name.startswith("."):
                    waiting.append((below, os.path.join(place, name)))
                elif not folders and not is_folder and _fits(pattern, below, folders):
                    found.append(below)
        return found

    def _contents(self, path: str, url: str, inside: Node) -> Iterator[Parameters]:
        """Yield what a file of parameters holds: one mapping, or a list of them."""
        place = self.locate(path, url)
        text = self.tree.content(place) if place is not None else None
        if text is None:
            self._give_up(inside, f"its file {path} cannot be read")
            return
        try:
            found = read_parameter_sets(text)
        except InputError as error:
            self.unknown.append(error)
            return
        for item in found:
            if item.map:
                yield item.plain()

    def _matrix(self, inside: Node, depth: int) -> Iterator[Parameters]:
        generators = inside.items("generators")
        if len(generators) != 2:  # argo-cd: ErrMoreThanTwoGenerators, ErrLessThanTwoGenerators
            self._give_up(inside, "a matrix takes two generators")
            return
        for first in self.parameters(generators[0], depth + 1):
            for second in self.parameters(self.fill(generators[1], first), depth + 1):
                yield {**first, **second}

    def _merge(self, inside: Node, depth: int) -> Iterator[Parameters]:
        keys = [key.text for key in inside.items("mergeKeys")]
        first, *others = [self.parameters(item, depth + 1) for item in inside.items("generators")] or [[]]
        by_keys = [{_identity(item, keys): item for item in reversed(other)} for other in others]
        for parameters in first:
            merged = dict(parameters)
            for known in by_keys:
                merged |= known.get(_identity(parameters, keys), {})
            yield merged

    def _clusters(self, inside: Node) -> Iterator[Parameters]:
        """Yield the cluster that Argo CD itself runs in.

        The others are Secrets, which repositories rarely hold.
        """
        if inside.get("selector") is not None and inside.map["selector"].map:
            self._give_up(inside, "which clusters it selects is only known to Argo CD")
            return
        values = inside.fields("values")
        found: Parameters = {**_IN_CLUSTER}
        if self.flat:
            found |= {f"values.{key}": value.plain() for key, value in values.items()}
        else:
            found |= {
                "metadata": {"labels": {}, "annotations": {}},
                "values": {key: node.plain() for key, node in values.items()},
            }
        yield found

    def _is_selected(self, parameters: Parameters, selector: Node) -> bool:
        """Tell whether a generator's selector takes parameters; expressions are taken to hold."""
        flat = parameters if self.flat else flatten_parameters(parameters)
        return all(
            str(flat.get(key)) == value.scalar_text for key, value in selector.fields("matchLabels").items()
        )

    def _give_up(self, place: Node, reason: str) -> None:
        message = f"what this ApplicationSet makes cannot be told: {reason}"
        self.unknown.append(place.error(message))


def read_parameter_sets(text: Node) -> list[Node]:
    """Return the items of the list that a text holds, or its one mapping in a list.

    Raises InputError where it is neither.
    """
    if not text.text.lstrip().startswith(("-", "[")):
        return [read_values(text)]
    items: list[Node] = []
    for document in parse_within(text):
        if isinstance(document, InputError):
            raise document
        items += document.root.list
    return items


def flatten_parameters(value: object, prefix: str = "") -> Parameters:
    """Return nested data with dotted names, as text: `{"a": {"b": 1}}` → `{"a.b": "1"}`."""
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = {str(number): item for number, item in enumerate(value)}.items()
    else:
        text = (
            {True: "true", False: "false", None: ""}.get(value)
            if value is None or isinstance(value, bool)
            else str(value)
        )
        return {prefix: text}
    found: Parameters = {}
    for key, item in pairs:
        found |= flatten_parameters(item, f"{prefix}.{key}" if prefix else str(key))
    return found


def _identity(parameters: Parameters, keys: list[str]) -> str:
    """Return what tells parameters apart in a merge."""
    return json.dumps([_at(parameters, key) for key in keys], sort_keys=True, default=str)


def _at(parameters: Parameters, key: str) -> object:
    """Return a parameter by its name, which may lead into mappings."""
    if key in parameters:
        return parameters[key]
    value: object = parameters
    for step in key.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _fits(pattern: str, path: str, folders: bool) -> bool:
    """Tell whether a path fits: for folders `*` is part of one name, for files (git ls-files) any text."""
    pattern = os.path.normpath(pattern).replace("[^", "[!")
    if not folders:
        return re.match(translate(pattern), path) is not None
    mine, yours = pattern.split("/"), path.split("/")
    return len(mine) == len(yours) and all(
        re.match(translate(a), b) for a, b in zip(mine, yours, strict=True)
    )


def _normalized(name: str) -> str:
    """Return a name as a DNS name may be (applicationset/utils, SanitizeName)."""
    return re.sub(r"[^-a-z0-9.]", "-", name.lower())[:253].strip("-.")
