"""Reads the fields of a configuration by type, and notes an error with its line for each that has another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from vpnlint.errors import ConfigError
from vpnlint.source.node import Node
from vpnlint.suggestion import suggest_name

_Entry = TypeVar("_Entry")


class FieldReader:
    """Reads fields of one file; it notes errors and reads on, so that the user sees all of them at once."""

    def __init__(self, file: str) -> None:
        """Take the name of the file as reports show it."""
        self.problems: list[ConfigError] = []
        self._file = file

    def check_keys(self, node: Node, known: tuple[str, ...], what: str) -> None:
        """Note every key of a mapping that is unknown. what: the mapping as messages name it."""
        for key in node.map:
            if key not in known:
                meant = suggest_name(key, known) or f" ({', '.join(known)})"
                self.add_problem(node.get_key(key), f"{key!r} is not a key of {what}{meant}")

    def read_entries(self, root: Node, key: str, read: Callable[[Node], _Entry | None]) -> Iterator[_Entry]:
        """Yield the entries of a list of mappings. read: returns an entry, None where it is not valid."""
        node = root.get(key)
        if node is None or node.value is None:
            return
        if not isinstance(node.value, list):
            self.add_problem(node, f"{key} must be a list of entries")
            return
        for item in node.list:
            if not isinstance(item.value, dict):
                self.add_problem(item, f"an entry of {key} must be a mapping")
            elif (entry := read(item)) is not None:
                yield entry

    def read_mapping(self, root: Node, key: str, purpose: str) -> Node | None:
        """Return a mapping, None if it is absent or empty. purpose: the end of `KEY must map …`."""
        node = root.get(key)
        if node is None or node.value is None:
            return None
        if not isinstance(node.value, dict):
            self.add_problem(node, f"{key} must map {purpose}")
            return None
        return node

    def read_choice(self, root: Node, key: str, choices: tuple[str, ...]) -> str | None:
        """Return a text that must be one of several; None if it is absent or another."""
        text = self.read_text(root, key)
        if text and text not in choices:
            self.add_problem(
                root.map[key],
                f"{key} must be one of {', '.join(choices)}, not {text!r}{suggest_name(text, choices)}",
            )
            return None
        return text or None

    def read_address(self, root: Node, key: str) -> str | None:
        """Return a web address; reports link to it, so no other scheme is accepted."""
        node = root.get(key)
        if node is None or node.value is None:
            return None
        if not node.text.startswith(("https://", "http://")):
            self.add_problem(node, f"{key} must be an address such as https://vpnlint.example.org")
            return None
        return node.text

    def read_texts(self, root: Node, key: str) -> list[str]:
        """Return a list of paths or patterns; an empty one if it is absent or not a list of texts."""
        node = root.get(key)
        if node is None or node.value is None:
            return []
        if not isinstance(node.value, list) or not all(item.text for item in node.list):
            self.add_problem(node, f"{key} must be a list of paths")
            return []
        return [item.text for item in node.list]

    def require_text(self, item: Node, key: str, section: str) -> str:
        """Return a text that an entry of a section must have; empty if it is absent or blank."""
        if key not in item.map:
            self.add_problem(item, f"an entry of {section} needs {key}")
            return ""
        return self.read_text(item, key)

    def read_text(self, item: Node, key: str) -> str:
        """Return a text without blanks around it; empty if it is absent or blank."""
        node = item.get(key)
        if node is None:
            return ""
        if not node.text.strip():
            self.add_problem(node, f"{key} must be text")
        return node.text.strip()

    def add_problem(self, node: Node, message: str) -> None:
        """Note an error at the place of a Node."""
        self.problems.append(ConfigError(self._file, message, *node.span[1:3]))
