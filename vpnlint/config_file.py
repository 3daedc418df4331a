"""Reads the text of a configuration file, and says everything that is wrong with it at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TypeVar

from vpnlint.config import CARRIERS, FAIL_ON, SEVERITIES, Configuration, Egress, Ignore, Target
from vpnlint.errors import ConfigError, InputError
from vpnlint.files.discover import display_path
from vpnlint.finding import Severity
from vpnlint.glob import Glob
from vpnlint.nearest import nearest
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node, Span

_KEYS = ("egress", "ignore", "images", "severity", "rules", "paths", "exclude", "fail-on", "docs")
_Entry = TypeVar("_Entry")
_TARGETS = ("path", "namespace", "workload")


def read_configuration(file: Path, text: str | None = None) -> tuple[Configuration, tuple[ConfigError, ...]]:
    """Return what a configuration file says, and everything that is wrong with it, each at its line.

    text: what stands in for the file's.
    """
    reader = _Reader(file, text)
    configuration = reader.read()
    return configuration, tuple(sorted(reader.problems, key=lambda problem: (problem.line, problem.column)))


class _Reader:
    """Reads one file; what is wrong is remembered and reading goes on, so that all of it is said at once."""

    def __init__(self, file: Path, text: str | None) -> None:
        self.problems: list[ConfigError] = []
        self._path = file
        self._text_given = text
        self._file = display_path(str(file))
        self._folder = Path(os.path.realpath(file.parent))
        self._named: list[tuple[str, Span]] = []

    def read(self) -> Configuration:
        root = self._root()
        empty = Configuration(self._folder, self._file)
        if root is None:
            return empty
        if not isinstance(root.value, dict):
            self._say(root, "a configuration is a mapping such as `fail-on: error`")
            return empty
        self._check_keys(root, _KEYS, "a configuration")
        return Configuration(
            self._folder,
            self._file,
            egress=tuple(self._entries(root, "egress", self._egress)),
            ignores=tuple(self._entries(root, "ignore", self._ignore)),
            images=self._images(root),
            severities=self._severities(root),
            rules=tuple(self._folder / name for name in self._paths(root, "rules")),
            paths=tuple(os.path.relpath(self._folder / name) for name in self._paths(root, "paths")),
            exclude=tuple(map(Glob, self._texts(root, "exclude"))),
            fail_on=self._choice(root, "fail-on", FAIL_ON),
            docs=self._address(root, "docs"),
            named=tuple(self._named),
        )

    def _root(self) -> Node | None:
        try:
            given = self._text_given
            text = self._path.read_text(encoding="utf-8") if given is None else given
        except (OSError, UnicodeDecodeError) as error:
            self.problems.append(ConfigError(self._file, f"cannot be read: {error}"))
            return None
        documents = list(parse_documents(text, self._file))
        for document in documents:
            for problem in [document] if isinstance(document, InputError) else document.problems:
                self.problems.append(ConfigError(problem.file, problem.message, problem.line, problem.column))
        roots = [document.root for document in documents if isinstance(document, Document)]
        if len(roots) > 1:
            self._say(roots[1], "a configuration is one YAML document")
        return roots[0] if roots and roots[0].value is not None else None

    def _entries(self, root: Node, key: str, read: Callable[[Node], _Entry | None]) -> Iterator[_Entry]:
        node = root.get(key)
        if node is None or node.value is None:
            return
        if not isinstance(node.value, list):
            self._say(node, f"{key} is a list of entries")
            return
        for item in node.list:
            if not isinstance(item.value, dict):
                self._say(item, f"an entry of {key} is a mapping")
            elif (entry := read(item)) is not None:
                yield entry

    def _egress(self, item: Node) -> Egress | None:
        self._check_keys(item, (*_TARGETS, "by", "reason", "until"), "an entry of egress")
        by, reason = self._required(item, "by", "egress"), self._required(item, "reason", "egress")
        if by and by not in CARRIERS:
            self._say(
                item.map["by"], f"by is one of {', '.join(CARRIERS)}, not {by!r}{nearest(by, CARRIERS)}"
            )
            return None
        target, until = self._target(item, "egress"), self._until(item)
        if not (by and reason and target):
            return None
        return Egress(target, by, reason, until, item.span)

    def _ignore(self, item: Node) -> Ignore | None:
        self._check_keys(item, ("rule", *_TARGETS, "reason", "until"), "an entry of ignore")
        rule, reason = self._required(item, "rule", "ignore"), self._required(item, "reason", "ignore")
        target, until = self._target(item, "ignore"), self._until(item)
        if not (rule and reason and target):
            return None
        self._named.append((rule, item.map["rule"].span))
        return Ignore(rule, target, reason, until, item.span)

    def _target(self, item: Node, section: str) -> Target | None:
        texts = {key: self._text(item, key) for key in _TARGETS}
        if not any(texts.values()):
            if not any(key in item.map for key in _TARGETS):
                self._say(item, f"an entry of {section} says what it is for: path, namespace or workload")
            return None
        workload = texts["workload"]
        if workload and workload.count("/") != 2:
            example = "HelmRelease/downloads/qbittorrent"
            self._say(item.map["workload"], f"a workload is KIND/NAMESPACE/NAME, such as {example}")
            return None
        path = texts["path"]
        return Target(
            Glob(path) if path else None, texts["namespace"] or None, Glob(workload) if workload else None
        )

    def _until(self, item: Node) -> date | None:
        node = item.get("until")
        if node is None:
            return None
        try:
            # A day without quotes is read as Kustomize reads it, as the time at which it starts.
            return date.fromisoformat(str(node.value).removesuffix("T00:00:00Z"))
        except ValueError:
            self._say(node, f"until {node.value}: not a day such as 2027-01-31")
            return None

    def _images(self, root: Node) -> dict[str, Node]:
        node = root.get("images")
        if node is None or node.value is None:
            return {}
        if not isinstance(node.value, dict):
            self._say(node, "images maps an image to the program that it runs: `registry.home/vpn: gluetun`")
            return {}
        for key, child in node.map.items():
            if not child.text:
                self._say(child, f"the program that {key} runs is a name such as gluetun")
        return {key: child for key, child in node.map.items() if child.text}

    def _severities(self, root: Node) -> dict[str, Severity]:
        node = root.get("severity")
        if node is None or node.value is None:
            return {}
        if not isinstance(node.value, dict):
            self._say(node, "severity maps a rule to error, warning or notice")
            return {}
        found = {}
        for rule, child in node.map.items():
            self._named.append((rule, node.get_key(rule).span))
            if child.text in SEVERITIES:
                found[rule] = Severity[child.text.upper()]
            else:
                meant = nearest(str(child.value), SEVERITIES)
                self._say(child, f"a severity is error, warning or notice, not {child.value!r}{meant}")
        return found

    def _choice(self, root: Node, key: str, choices: tuple[str, ...]) -> str | None:
        text = self._text(root, key)
        if text and text not in choices:
            self._say(
                root.map[key], f"{key} is one of {', '.join(choices)}, not {text!r}{nearest(text, choices)}"
            )
            return None
        return text or None

    def _address(self, root: Node, key: str) -> str | None:
        """Return a web address: what reports link to must open nothing else."""
        node = root.get(key)
        if node is None or node.value is None:
            return None
        if not node.text.startswith(("https://", "http://")):
            self._say(node, f"{key} is an address such as https://vpnlint.example.org")
            return None
        return node.text

    def _paths(self, root: Node, key: str) -> Iterator[str]:
        """Yield paths below the configuration's folder.

        Others are refused, for a stranger may have written them.
        """
        node = root.get(key)
        for item, text in zip(node.list if node is not None else [], self._texts(root, key), strict=False):
            place = os.path.realpath(self._folder / text)
            if os.path.join(place, "").startswith(os.path.join(self._folder, "")):
                yield text
            else:
                self._say(item, f"{text} leads out of the repository")

    def _texts(self, root: Node, key: str) -> list[str]:
        node = root.get(key)
        if node is None or node.value is None:
            return []
        if not isinstance(node.value, list) or not all(item.text for item in node.list):
            self._say(node, f"{key} is a list of paths")
            return []
        return [item.text for item in node.list]

    def _required(self, item: Node, key: str, section: str) -> str:
        if key not in item.map:
            self._say(item, f"an entry of {section} needs {key}")
            return ""
        return self._text(item, key)

    def _text(self, item: Node, key: str) -> str:
        node = item.get(key)
        if node is None:
            return ""
        if not node.text.strip():
            self._say(node, f"{key} is a text")
        return node.text.strip()

    def _check_keys(self, node: Node, known: tuple[str, ...], what: str) -> None:
        for key in node.map:
            if key not in known:
                meant = nearest(key, known) or f" ({', '.join(known)})"
                self._say(node.get_key(key), f"{key!r} is not a key of {what}{meant}")

    def _say(self, node: Node, message: str) -> None:
        self.problems.append(ConfigError(self._file, message, *node.span[1:3]))
