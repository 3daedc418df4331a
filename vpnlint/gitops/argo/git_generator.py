"""The git generator of an ApplicationSet: one set of parameters for each folder, or for each file's content.

Source: argo-cd v3.5, applicationset/generators/git.go and docs/operator-manual/applicationset.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from fnmatch import translate
from typing import NamedTuple, TypeAlias

from vpnlint.errors import InputError
from vpnlint.files.tree import Tree
from vpnlint.gitops.argo.parameters import (
    Parameters,
    flatten_parameters,
    normalize_name,
    read_parameter_sets,
)
from vpnlint.source.budget import Budget
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node

# Takes the path and the repoURL of a source; returns the absolute path in the repository, or None.
LocateSource: TypeAlias = Callable[[str, str], str | None]
# Fills the texts of a Node in with parameters.
Fill: TypeAlias = Callable[[Node, Parameters], Node]
_WILD = defer_pattern(r"[*?\[\\]")


class GitGenerator(NamedTuple):
    """Looks for the folders and files of git generators in the repository.

    flat: parameters have dotted names (`path.basename`), as without goTemplate. give_up: notes at a place why
    parameters are missing. unknown: takes the errors of files that cannot be read.
    """

    tree: Tree
    locate: LocateSource
    fill: Fill
    budget: Budget
    flat: bool
    give_up: Callable[[Node, str], None]
    unknown: list[InputError]

    def expand(self, generator: Node) -> Iterator[Parameters]:
        """Yield the parameters of one git generator."""
        url, prefix = generator.text_at("repoURL"), generator.text_at("pathParamPrefix")
        values = generator.get("values")
        paths: list[tuple[str, Parameters]] = []
        if folders := generator.items("directories"):
            paths = [(path, {}) for path in self._match_paths(folders, url, folders=True)]
        elif files := generator.items("files"):
            for path in self._match_paths(files, url, folders=False):
                paths += [(path, content) for content in self._read_parameters(path, url, generator)]
        for path, content in paths:
            parameters = flatten_parameters(content) if self.flat else dict(content)
            parameters |= self._describe_path(path, prefix, is_file="directories" not in generator.map)
            if values is not None:
                filled = self.fill(values, parameters).to_plain()
                parameters |= (
                    {f"values.{key}": value for key, value in filled.items()}
                    if self.flat
                    else {"values": filled}
                )
            yield parameters

    def _describe_path(self, path: str, prefix: str, *, is_file: bool) -> Parameters:
        """Return the parameters that tell a folder's path, or a file's and that of its folder."""
        folder, filename = os.path.split(path) if is_file else (path, "")
        basename = os.path.basename(folder)
        about: Parameters = {
            "path": folder,
            "basename": basename,
            "basenameNormalized": normalize_name(basename),
        }
        if is_file:
            about |= {"filename": filename, "filenameNormalized": normalize_name(filename)}
        segments = folder.split("/")
        if not self.flat:
            nested: Parameters = {"path": {**about, "segments": segments}}
            return {prefix: nested} if prefix else nested
        start = f"{prefix}.path" if prefix else "path"
        flat = {f"{start}.{key}": value for key, value in about.items() if key != "path"}
        return {start: folder, **flat, **{f"{start}[{number}]": part for number, part in enumerate(segments)}}

    def _match_paths(self, entries: list[Node], url: str, *, folders: bool) -> list[str]:
        """Return the paths that match the patterns of a git generator, without those that it excludes."""
        matching: dict[str, None] = {}
        excluded = [entry.text_at("path").strip("/") for entry in entries if entry.is_true("exclude")]
        for entry in entries:
            if not entry.is_true("exclude"):
                matching |= dict.fromkeys(self._walk_pattern(entry, url, folders=folders))
        return sorted(
            path
            for path in matching
            if not any(_fits_pattern(pattern, path, folders) for pattern in excluded)
        )

    def _walk_pattern(self, entry: Node, url: str, *, folders: bool) -> list[str]:
        """Return the paths that match one pattern, walking from its first wildcard on."""
        pattern = os.path.normpath(entry.text_at("path").strip("/"))
        segments = pattern.split("/")
        fixed = list(itertools.takewhile(lambda segment: not _WILD.search(segment), segments))
        fixed = fixed[: len(segments) - 1] if not folders and len(fixed) == len(segments) else fixed
        if segments[0] == ".." or "\0" in pattern:
            self.give_up(entry, "its path leads outside of the repository")
            return []
        start = self.locate("/".join(fixed) or ".", url)
        if start is None:
            self.give_up(
                entry, f"the repository {url or 'of its generator'} is another one, or has no {pattern}"
            )
            return []
        matching: list[str] = []
        waiting = [("/".join(fixed), start)]
        while waiting:
            path, place = waiting.pop()
            if folders and path and _fits_pattern(pattern, path, folders):
                matching.append(path)
            if folders and path.count("/") + bool(path) >= len(segments):
                continue
            for name, is_folder in self.tree.folder(place).items():
                self.budget.spend(entry, steps=1)
                below = f"{path}/{name}" if path else name
                if is_folder and not name.startswith("."):
                    waiting.append((below, os.path.join(place, name)))
                elif not folders and not is_folder and _fits_pattern(pattern, below, folders):
                    matching.append(below)
        return matching

    def _read_parameters(self, path: str, url: str, generator: Node) -> Iterator[Parameters]:
        """Yield the contents of a file of parameters: one mapping, or a list of them."""
        place = self.locate(path, url)
        text = self.tree.content(place) if place is not None else None
        if text is None:
            self.give_up(generator, f"its file {path} cannot be read")
            return
        try:
            items = read_parameter_sets(text)
        except InputError as error:
            self.unknown.append(error)
            return
        yield from (item.to_plain() for item in items)


def _fits_pattern(pattern: str, path: str, folders: bool) -> bool:
    """Tell whether a path fits: for folders `*` is part of one name, for files (git ls-files) any text."""
    pattern = os.path.normpath(pattern).replace("[^", "[!")
    if not folders:
        return re.match(translate(pattern), path) is not None
    mine, yours = pattern.split("/"), path.split("/")
    return len(mine) == len(yours) and all(
        re.match(translate(a), b) for a, b in zip(mine, yours, strict=True)
    )
