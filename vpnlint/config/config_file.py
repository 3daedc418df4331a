"""Reads `.vpnlint.yaml` and reports everything that is wrong with it at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TypeVar

from vpnlint.config.configuration import CARRIERS, FAIL_ON, SEVERITIES, Configuration, Egress, Ignore, Target
from vpnlint.config.glob import Glob
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
_Entry = TypeVar("_Entry")
_TARGETS = ("path", "namespace", "workload")


def read_configuration(file: Path, text: str | None = None) -> tuple[Configuration, tuple[ConfigError, ...]]:
    """Return the configuration in a file, and an error with its line for everything that is wrong.

    text: used instead of the file's content.
    """
    reader = _Reader(file, text)
    configuration = reader.read()
    return configuration, tuple(sorted(reader.problems, key=lambda problem: (problem.line, problem.column)))


class _Reader:
    """Reads one file; it collects errors and reads on, so that the user sees all of them at once."""

    def __init__(self, file: Path, text: str | None) -> None:
        self.problems: list[ConfigError] = []
        self._path = file
        self._replacement = text
        self._file = display_path(str(file))
        self._folder = Path(os.path.realpath(file.parent))
        self._named: list[tuple[str, Span]] = []

    def read(self) -> Configuration:
        root = self._read_root()
        empty = Configuration(self._folder, self._file)
        if root is None:
            return empty
        if not isinstance(root.value, dict):
            self._add_problem(root, "a configuration must be a mapping such as `fail-on: error`")
            return empty
        self._check_keys(root, _KEYS, "a configuration")
        return Configuration(
            self._folder,
            self._file,
            egress=tuple(self._read_entries(root, "egress", self._read_egress)),
            ignores=tuple(self._read_entries(root, "ignore", self._read_ignore)),
            images=self._read_images(root),
            severities=self._read_severities(root),
            rules=tuple(self._folder / name for name in self._read_paths(root, "rules")),
            paths=tuple(os.path.relpath(self._folder / name) for name in self._read_paths(root, "paths")),
            exclude=tuple(map(Glob, self._read_texts(root, "exclude"))),
            fail_on=self._read_choice(root, "fail-on", FAIL_ON),
            docs=self._read_address(root, "docs"),
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
            self._add_problem(roots[1], "a configuration must be one YAML document")
        return roots[0] if roots and roots[0].value is not None else None

    def _read_file(self) -> str:
        data = read_small_file(str(self._path), _LARGEST)
        if data is None:
            raise OSError(f"it is no file, or larger than {_LARGEST >> 10:,} KiB")
        return data.decode("utf-8")

    def _read_entries(self, root: Node, key: str, read: Callable[[Node], _Entry | None]) -> Iterator[_Entry]:
        node = root.get(key)
        if node is None or node.value is None:
            return
        if not isinstance(node.value, list):
            self._add_problem(node, f"{key} must be a list of entries")
            return
        for item in node.list:
            if not isinstance(item.value, dict):
                self._add_problem(item, f"an entry of {key} must be a mapping")
            elif (entry := read(item)) is not None:
                yield entry

    def _read_egress(self, item: Node) -> Egress | None:
        self._check_keys(item, (*_TARGETS, "by", "reason", "until"), "an entry of egress")
        by, reason = self._require_text(item, "by", "egress"), self._require_text(item, "reason", "egress")
        if by and by not in CARRIERS:
            self._add_problem(
                item.map["by"],
                f"by must be one of {', '.join(CARRIERS)}, not {by!r}{suggest_name(by, CARRIERS)}",
            )
            return None
        target, until = self._read_target(item, "egress"), self._read_until(item)
        if not (by and reason and target):
            return None
        return Egress(target, by, reason, until, item.span)

    def _read_ignore(self, item: Node) -> Ignore | None:
        self._check_keys(item, ("rule", *_TARGETS, "reason", "until"), "an entry of ignore")
        rule, reason = (
            self._require_text(item, "rule", "ignore"),
            self._require_text(item, "reason", "ignore"),
        )
        target, until = self._read_target(item, "ignore"), self._read_until(item)
        if not (rule and reason and target):
            return None
        self._named.append((rule, item.map["rule"].span))
        return Ignore(rule, target, reason, until, item.span)

    def _read_target(self, item: Node, section: str) -> Target | None:
        texts = {key: self._read_text(item, key) for key in _TARGETS}
        if not any(texts.values()):
            if not any(key in item.map for key in _TARGETS):
                self._add_problem(item, f"an entry of {section} needs path, namespace or workload")
            return None
        workload = texts["workload"]
        if workload and workload.count("/") != 2:
            example = "HelmRelease/downloads/qbittorrent"
            self._add_problem(
                item.map["workload"], f"a workload must be KIND/NAMESPACE/NAME, such as {example}"
            )
            return None
        path = texts["path"]
        return Target(
            Glob(path) if path else None, texts["namespace"] or None, Glob(workload) if workload else None
        )

    def _read_until(self, item: Node) -> date | None:
        node = item.get("until")
        if node is None:
            return None
        try:
            # Kustomize's rules read an unquoted date as a timestamp at midnight.
            return date.fromisoformat(str(node.value).removesuffix("T00:00:00Z"))
        except ValueError:
            self._add_problem(node, f"until must be a date such as 2027-01-31, not {node.value}")
            return None

    def _read_images(self, root: Node) -> dict[str, Node]:
        node = root.get("images")
        if node is None or node.value is None:
            return {}
        if not isinstance(node.value, dict):
            self._add_problem(
                node, "images must map an image to the program that it runs: `registry.home/vpn: gluetun`"
            )
            return {}
        for key, child in node.map.items():
            if not child.text:
                self._add_problem(child, f"the program that {key} runs must be a name such as gluetun")
        return {key: child for key, child in node.map.items() if child.text}

    def _read_severities(self, root: Node) -> dict[str, Severity]:
        node = root.get("severity")
        if node is None or node.value is None:
            return {}
        if not isinstance(node.value, dict):
            self._add_problem(node, "severity must map a rule to error, warning or notice")
            return {}
        severities = {}
        for rule, child in node.map.items():
            self._named.append((rule, node.get_key(rule).span))
            if child.text in SEVERITIES:
                severities[rule] = Severity[child.text.upper()]
            else:
                meant = suggest_name(str(child.value), SEVERITIES)
                self._add_problem(
                    child, f"a severity must be error, warning or notice, not {child.value!r}{meant}"
                )
        return severities

    def _read_choice(self, root: Node, key: str, choices: tuple[str, ...]) -> str | None:
        text = self._read_text(root, key)
        if text and text not in choices:
            self._add_problem(
                root.map[key],
                f"{key} must be one of {', '.join(choices)}, not {text!r}{suggest_name(text, choices)}",
            )
            return None
        return text or None

    def _read_address(self, root: Node, key: str) -> str | None:
        """Return a web address; reports link to it, so no other scheme is accepted."""
        node = root.get(key)
        if node is None or node.value is None:
            return None
        if not node.text.startswith(("https://", "http://")):
            self._add_problem(node, f"{key} must be an address such as https://vpnlint.example.org")
            return None
        return node.text

    def _read_paths(self, root: Node, key: str) -> Iterator[str]:
        """Yield paths below the configuration's folder.

        Other paths are errors, as a stranger's pull request may name them.
        """
        node = root.get(key)
        for item, text in zip(
            node.list if node is not None else [], self._read_texts(root, key), strict=False
        ):
            outside = self._find_outside(text, key)
            if outside is None:
                yield text
            else:
                self._add_problem(item, f"{outside} is outside the repository")

    def _find_outside(self, text: str, key: str) -> str | None:
        """Return the path, or of rules a file in the folder, that leads out; None if none does."""
        root = str(self._folder)
        place = os.path.join(root, text)
        if not is_inside(place, root):
            return text
        names = os.listdir(place) if key == "rules" and os.path.isdir(place) else []
        outside = (name for name in names if not is_inside(os.path.join(place, name), root))
        return next((f"{text}/{name}" for name in outside), None)

    def _read_texts(self, root: Node, key: str) -> list[str]:
        node = root.get(key)
        if node is None or node.value is None:
            return []
        if not isinstance(node.value, list) or not all(item.text for item in node.list):
            self._add_problem(node, f"{key} must be a list of paths")
            return []
        return [item.text for item in node.list]

    def _require_text(self, item: Node, key: str, section: str) -> str:
        if key not in item.map:
            self._add_problem(item, f"an entry of {section} needs {key}")
            return ""
        return self._read_text(item, key)

    def _read_text(self, item: Node, key: str) -> str:
        node = item.get(key)
        if node is None:
            return ""
        if not node.text.strip():
            self._add_problem(node, f"{key} must be text")
        return node.text.strip()

    def _check_keys(self, node: Node, known: tuple[str, ...], what: str) -> None:
        for key in node.map:
            if key not in known:
                meant = suggest_name(key, known) or f" ({', '.join(known)})"
                self._add_problem(node.get_key(key), f"{key!r} is not a key of {what}{meant}")

    def _add_problem(self, node: Node, message: str) -> None:
        self.problems.append(ConfigError(self._file, message, *node.span[1:3]))
