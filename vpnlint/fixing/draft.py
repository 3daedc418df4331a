"""The text of a file while it is changed: one edit after the other, each at a value of the present text.

What a change is made of is in set_entry, add_entry, remove_entry and move_entry.
"""

from __future__ import annotations

from functools import cached_property

from vpnlint.fixing.syntax import Kind, Part, SyntaxTree
from vpnlint.fixing.text_edit import CannotEdit, TextEdit, find_edits
from vpnlint.source.deferred_pattern import defer_pattern

INDENT = 2
BLANKS = defer_pattern(r"(?:[ \t\r\n]|#[^\r\n]*)*")


class Draft:
    """A text, where the values of the original text have gone in it, and how it is laid out."""

    def __init__(self, text: str) -> None:
        """Take the text of a file, without byte order mark."""
        self.original = text
        self.text = text
        self._log: list[TextEdit] = []

    @cached_property
    def tree(self) -> SyntaxTree:
        """The syntax of the present text."""
        return SyntaxTree(self.text)

    def find(self, start: int, kind: Kind) -> Part | None:
        """Return the value of this kind that began at an offset of the original text."""
        for edit in self._log:
            if edit.start < start < edit.end:
                return None
            if edit.end <= start:
                start += len(edit.new) - (edit.end - edit.start)
        return self.tree.find_start(start, kind)

    def edits(self) -> list[TextEdit]:
        """Return what differs from the original text, in order, each edit no longer than it must be."""
        return find_edits(self.original, self.text)

    def replace(self, start: int, end: int, new: str) -> None:
        """Replace the characters between two offsets of the present text."""
        self.text = self.text[:start] + new + self.text[end:]
        self._log.append(TextEdit(start, end, new))
        self.__dict__.pop("tree", None)

    def join_lines(self, lines: list[str], indent: int) -> str:
        """Return lines as they stand in the file, indented; empty ones stay empty."""
        margin = " " * indent
        return self.tree.line_break.join(margin + line if line else line for line in lines)

    def refuse_shared(self, part: Part) -> None:
        """Raise CannotEdit where an alias stands for the value or for what it is in."""
        alias = self.tree.shared_by(part)
        if alias is not None:
            line = self.tree.line(alias.start)
            raise CannotEdit(
                f"*{alias.text} in line {line} stands for the same text, so an edit would change both"
            )

    def require_line_start(self, start: int) -> None:
        """Raise CannotEdit where something else stands before an offset in its line."""
        if self.text[self.tree.line_start(start) : start].strip():
            raise CannotEdit("it begins in the line of something else")

    def find_tail(self, part: Part) -> int:
        """Return an offset in the last line of a value."""
        inner = part
        while inner.items and not inner.is_flow:
            inner = inner.items[-1]
        if self.keeps_lines(inner):
            return max(inner.end, inner.tail - 1)
        return inner.end

    def keeps_lines(self, part: Part) -> bool:
        """Tell whether a value is a block whose empty last lines count (`|+`)."""
        return part.style in ("|", ">") and "+" in self.text[part.start : part.start + 3]

    def find_comments(self, start: int) -> int:
        """Return where the lines of comments above an entry begin that are indented as it is."""
        line = self.tree.line_start(start)
        margin = self.text[line:start]
        while line:
            above = self.tree.line_start(line - 1)
            if not self.text[above:line].startswith(f"{margin}#"):
                break
            line = above
        return line

    def find_colon(self, key: Part) -> int:
        """Return where the colon behind a key stands. Raises CannotEdit where something is between."""
        colon = self.text.find(":", key.end)
        if colon < 0 or self.text[key.end : colon].strip():
            raise CannotEdit("its key is not written as `key: value`")
        return colon

    def find_dash(self, sequence: Part, place: int) -> int:
        """Return where the dash of an item stands."""
        before = sequence.items[place - 1].end if place else self.tree.content_start(sequence)
        match = BLANKS.match(self.text, before)
        at = match.end() if match else before
        if self.text[at : at + 1] != "-":
            raise CannotEdit("its place in the file is not understood")
        return at

    def find_entry(self, collection: Part, place: int) -> int:
        """Return where an entry begins: its key, or its dash."""
        return collection.keys[place].start if collection.keys else self.find_dash(collection, place)

    def list_indent(self) -> int:
        """Return how far lists in mappings are indented in this file."""
        for part in self.tree.parts():
            key = part.key
            if part.kind == "list" and part.items and not part.is_flow and key is not None:
                return max(0, self.tree.column(self.find_dash(part, 0)) - self.tree.column(key.start))
        return INDENT
