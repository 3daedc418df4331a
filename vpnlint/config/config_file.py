"""Reads `.vpnlint.yaml` and reports everything that is wrong with it at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from vpnlint.config.configuration import FAIL_ON, SEVERITIES, Configuration, Ignore
from vpnlint.config.field_reader import FieldReader
from vpnlint.config.glob import Glob
from vpnlint.config.workload_entries import read_egress, read_ignore
from vpnlint.errors import ConfigError, InputError
from vpnlint.files.discover import display_path
from vpnlint.files.inside import is_inside
from vpnlint.results.finding import Severity
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node, Span
from vpnlint.source.small_file import read_small_file
from vpnlint.suggestion import suggest_name

_KEYS = ("egress", "ignore", "images", "severity", "rules", "paths", "exclude", "fail-on", "docs")
_LARGEST = 1 << 20


def read_configuration(file: Path, text: str | None = None) -> tuple[Configuration, tuple[ConfigError, ...]]:
    """Return the configuration in a file, and an error with its line for everything that is wrong.

    text: used instead of the file's content.
    """
    reader = _Reader(file, text)
    configuration = reader.read()
    return configuration, tuple(sorted(reader.problems, key=lambda problem: (problem.line, problem.column)))


class _Reader:
    """Reads the sections of one file."""

    def __init__(self, file: Path, text: str | None) -> None:
        self._path = file
        self._replacement = text
        self._file = display_path(str(file))
        self._folder = Path(os.path.realpath(file.parent))
        self._named: list[tuple[str, Span]] = []
        self._fields = FieldReader(self._file)
        self.problems = self._fields.problems

    def read(self) -> Configuration:
        root = self._read_root()
        empty = Configuration(self._folder, self._file)
        if root is None:
            return empty
        fields = self._fields
        if not isinstance(root.value, dict):
            fields.add_problem(root, "a configuration must be a mapping such as `fail-on: error`")
            return empty
        fields.check_keys(root, _KEYS, "a configuration")
        return Configuration(
            self._folder,
            self._file,
            egress=tuple(fields.read_entries(root, "egress", partial(read_egress, fields))),
            ignores=tuple(fields.read_entries(root, "ignore", self._read_ignore)),
            images=self._read_images(root),
            severities=self._read_severities(root),
            rules=tuple(self._folder / name for name in self._read_paths(root, "rules")),
            paths=tuple(os.path.relpath(self._folder / name) for name in self._read_paths(root, "paths")),
            exclude=tuple(map(Glob, fields.read_texts(root, "exclude"))),
            fail_on=fields.read_choice(root, "fail-on", FAIL_ON),
            docs=fields.read_address(root, "docs"),
            named=tuple(self._named),
        )

    def _read_root(self) -> Node | None:
        try:
            text = self._replacement
            if text is None:
                text = self._read_file()
        except (OSError, UnicodeDecodeError) as error:
            self.problems.append(ConfigError(self._file, f"cannot be read: {error}"))
            return None
        documents = list(parse_documents(text, self._file))
        for document in documents:
            for problem in [document] if isinstance(document, InputError) else document.problems:
                self.problems.append(ConfigError(problem.file, problem.message, problem.line, problem.column))
        roots = [document.root for document in documents if isinstance(document, Document)]
        if len(roots) > 1:
            self._fields.add_problem(roots[1], "a configuration must be one YAML document")
        return roots[0] if roots and roots[0].value is not None else None

    def _read_file(self) -> str:
        data = read_small_file(str(self._path), _LARGEST)
        if data is None:
            raise OSError(f"it is no file, or larger than {_LARGEST >> 10:,} KiB")
        return data.decode("utf-8")

    def _read_ignore(self, item: Node) -> Ignore | None:
        entry = read_ignore(self._fields, item)
        if entry is not None:
            self._named.append((entry.rule, item.map["rule"].span))
        return entry

    def _read_images(self, root: Node) -> dict[str, Node]:
        purpose = "an image to the program that it runs: `registry.home/vpn: gluetun`"
        node = self._fields.read_mapping(root, "images", purpose)
        if node is None:
            return {}
        for key, child in node.map.items():
            if not child.text:
                self._fields.add_problem(child, f"the program that {key} runs must be a name such as gluetun")
        return {key: child for key, child in node.map.items() if child.text}

    def _read_severities(self, root: Node) -> dict[str, Severity]:
        node = self._fields.read_mapping(root, "severity", "a rule to error, warning or notice")
        if node is None:
            return {}
        severities = {}
        for rule, child in node.map.items():
            self._named.append((rule, node.get_key(rule).span))
            if child.text in SEVERITIES:
                severities[rule] = Severity[child.text.upper()]
            else:
                meant = suggest_name(str(child.value), SEVERITIES)
                message = f"a severity must be error, warning or notice, not {child.value!r}{meant}"
                self._fields.add_problem(child, message)
        return severities

    def _read_paths(self, root: Node, key: str) -> Iterator[str]:
        """Yield paths below the configuration's folder.

        Other paths are errors, as a stranger's pull request may name them.
        """
        node = root.get(key)
        for item, text in zip(
            node.list if node is not None else [], self._fields.read_texts(root, key), strict=False
        ):
            outside = self._find_outside(text, key)
            if outside is None:
                yield text
            else:
                self._fields.add_problem(item, f"{outside} is outside the repository")

    def _find_outside(self, text: str, key: str) -> str | None:
        """Return the path, or of rules a file in the folder, that leads out; None if none does."""
        root = str(self._folder)
        place = os.path.join(root, text)
        if not is_inside(place, root):
            return text
        names = os.listdir(place) if key == "rules" and os.path.isdir(place) else []
        outside = (name for name in names if not is_inside(os.path.join(place, name), root))
        return next((f"{text}/{name}" for name in outside), None)
