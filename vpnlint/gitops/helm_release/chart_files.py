"""The files of a chart that its templates read as `.Files`.

Source: helm.sh/helm/v4 4.2.2, pkg/engine/files.go (the methods; a file that is not there is empty) and
pkg/chart/v2/loader/load.go (what is neither a template nor a part of the chart's own description). What
.helmignore leaves out is read all the same.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.go_template.data import Value, WithMethods, format_value
from vpnlint.source.go_template.functions.encodings import to_yaml
from vpnlint.source.go_template.limits import Undecidable
from vpnlint.source.node import Node
from vpnlint.source.regex import matches_pattern

# A chart with more holds a whole repository; its templates cannot be filled in.
MAX_FILES = 500
_NO_FILES = frozenset(
    ("Chart.yaml", "Chart.lock", "values.yaml", "values.schema.json", ".helmignore", ".git")
)
_NO_FOLDERS = frozenset(("templates", "charts", ".git"))
_GLOB = defer_pattern(r"\*\*|[*?]|\[[^\]/]+\]|\{[^{}]*\}|.", re.DOTALL)
_PARTS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


class Files(Protocol):
    """The files of the repository, by absolute path."""

    def content(self, path: str) -> Node | None:
        """Return a file's text; None if there is no such file."""

    def folder(self, folder: str) -> Mapping[str, bool]:
        """Return the names in a folder, each with whether it is a folder itself."""


class ChartFiles(WithMethods):
    """Helm's `.Files`: the texts of files by their paths in the chart."""

    def call(self, name: str, *arguments: Value) -> Value:
        """Return what a method returns. Raises Undecidable for one that Helm does not have."""
        methods: Mapping[str, Callable[..., Value]] = {
            "AsConfig": lambda: to_yaml({os.path.basename(path): text for path, text in self.items()}),
            "AsSecrets": lambda: to_yaml({os.path.basename(path): _encode(self[path]) for path in self}),
            "Get": lambda path: self.get(format_value(path), ""),
            "GetBytes": lambda path: self.get(format_value(path), ""),
            "Glob": self._match,
            "Lines": lambda path: self.get(format_value(path), "").removesuffix("\n").split("\n"),
        }
        if name not in methods:
            raise Undecidable(f"there is no {name} of files")
        return methods[name](*arguments)

    def _match(self, pattern: Value) -> ChartFiles:
        """Return the files whose paths fit a pattern of github.com/gobwas/glob, where * ends at a slash."""
        translated = f"(?s:{_translate_glob(format_value(pattern))})"
        try:
            return ChartFiles({path: self[path] for path in self if matches_pattern(translated, path)})
        except ValueError as error:
            raise Undecidable(f"Go does not read a pattern of files ({error})") from error


def read_chart_files(folder: str, files: Files) -> dict[str, Node]:
    """Return the texts of the files in a chart's folder that its templates may read, by their paths in it.

    Ends soon after MAX_FILES of them.
    """
    texts: dict[str, Node] = {}
    waiting = [""]
    while waiting and len(texts) <= MAX_FILES:
        here = waiting.pop()
        for name, is_folder in sorted(files.folder(os.path.join(folder, here).rstrip(os.sep)).items()):
            path = os.path.join(here, name)
            if is_folder:
                waiting += [path] if here or name not in _NO_FOLDERS else []
            elif (here or name not in _NO_FILES) and (
                text := files.content(os.path.join(folder, path))
            ) is not None:
                texts[path] = text
    return texts


def find_as_written(made: Iterable[Node], files: Iterable[Node]) -> Iterator[Node]:
    """Yield the objects that a template made; what stands in one of these files, as it is written there."""
    written: dict[tuple[str, str], list[Node]] = {}
    for text in files:
        for document in parse_documents(text.text, text.file):
            if isinstance(document, Document) and document.root.map:
                written.setdefault(_name_object(document.root), []).append(document.root)
    for node in made:
        alike = written.get(_name_object(node), ())
        yield next((item for item in alike if item.to_plain() == node.to_plain()), node)


def _name_object(node: Node) -> tuple[str, str]:
    return node.text_at("kind"), node.text_at("metadata", "name")


def _translate_glob(pattern: str) -> str:
    """Return the regular expression of a pattern of github.com/gobwas/glob with `/` as its separator."""
    return "".join(map(_translate_part, _GLOB.findall(pattern)))


def _translate_part(part: str) -> str:
    if part in _PARTS:
        return _PARTS[part]
    if part.startswith("{") and len(part) > 1:
        return f"(?:{'|'.join(map(_translate_glob, part[1:-1].split(',')))})"
    if part.startswith("[") and len(part) > 2:
        body = part[1:-1]
        negated = body[0] in "!^"
        return f"[{'^' if negated else ''}{re.escape(body[negated:]).replace(chr(92) + '-', '-')}]"
    return re.escape(part)


def _encode(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
