"""The text of a file while it is changed: one edit after the other, each at a value of the present text."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cached_property

from vpnlint.fixing.emit import Value, block_lines, flow_text, item_lines, pair_lines, scalar_text
from vpnlint.fixing.syntax import Kind, Part, SyntaxTree

_STEP = 2
_BLANKS = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_EMPTY_WORDS = ("", "~", "null", "Null", "NULL")


class CannotEdit(Exception):
    """A text that cannot be changed as wanted without touching more than that; the message says why."""


@dataclass(frozen=True)
class TextEdit:
    """The characters from start to end (offsets into a text without byte order mark) become new."""

    start: int
    end: int
    new: str


class Draft:
    """A text, and where the values of the original text have gone in it."""

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
        """Return what differs from the original text, in order, each no longer than it must be."""
        old, new = self.original.splitlines(keepends=True), self.text.splitlines(keepends=True)
        starts = [0]
        for line in old:
            starts.append(starts[-1] + len(line))
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        return [
            _trimmed(starts[first], "".join(old[first:last]), "".join(new[begin:end]))
            for kind, first, last, begin, end in matcher.get_opcodes()
            if kind != "equal"
        ]

    def _replace(self, start: int, end: int, new: str) -> None:
        edit = TextEdit(start, end, new)
        self.text = self.text[:start] + new + self.text[end:]
        self._log.append(edit)
        self.__dict__.pop("tree", None)

    def _lines(self, lines: list[str], indent: int) -> str:
        """Return lines as they stand in the file, indented; empty ones stay empty."""
        margin = " " * indent
        return self.tree.line_break.join(margin + line if line else line for line in lines)

    def set_value(self, part: Part, value: Value) -> None:
        """Replace a value; a scalar keeps its quotes. Raises CannotEdit where others share it."""
        self.refuse_shared(part)
        start = part.end if part.start == part.end else self.tree.content_start(part)
        if not isinstance(value, dict | list):
            quote = part.style if part.style in ("'", '"') else ""
            text = scalar_text(value, quote)
            self._replace(start, part.end, text if start < part.end else f" {text}")
        elif part.parent is None or any(outer.is_flow for outer in part.parent.above()) or not value:
            self._replace(start, part.end, flow_text(value) if start < part.end else f" {flow_text(value)}")
        elif part.parent.kind == "list":
            column = self.tree.column(start)
            self._replace(start, part.end, self._lines(block_lines(value, self._dash()), column).lstrip(" "))
        else:
            self._set_block(part, start, value)

    def change_line(self, start: int, end: int, key: str, value: str | None) -> None:
        """Give a key another value in lines of `KEY=VALUE` or `"KEY": VALUE`; None removes its line.

        start and end are where the lines stand. Raises CannotEdit unless one line has the key.
        """
        pattern = (
            rf'^[ \t]*"?{re.escape(key)}"?[ \t]*[=:][ \t]*(?P<value>"[^"\r\n]*"|[^",\r\n]*)[ \t]*,?[ \t]*\r?$'
        )
        found = [
            match
            for match in re.finditer(pattern, self.text, re.MULTILINE)
            if start <= match.start() and match.end() <= end
        ]
        if len(found) != 1:
            raise CannotEdit(f"{len(found)} lines of the text begin with {key}")
        (match,) = found
        if value is None:
            self._replace(match.start(), self.tree.next_line(match.end()), "")
            return
        old = match["value"].rstrip()
        new = f'"{value}"' if old.startswith('"') else value
        self._replace(match.start("value"), match.start("value") + len(old), new)

    def _set_block(self, part: Part, start: int, value: Value) -> None:
        """Replace the value of a key by a block below the key."""
        key = part.key
        if key is None:
            raise CannotEdit("its place in the file is not understood")
        colon = self._colon(key)
        if self.text[colon + 1 : start].strip():
            raise CannotEdit("a comment, an anchor or a tag stands between the key and its value")
        indent = self.tree.column(key.start)
        indent += self._dash() if isinstance(value, list) else _STEP
        lines = self._lines(block_lines(value, self._dash()), indent)
        self._replace(colon + 1, part.end, self.tree.line_break + lines)

    def add_pair(self, mapping: Part, key: str, value: Value, before: str = "") -> None:
        """Add a key to a mapping, behind its last one or before the key `before`.

        An empty value counts as a mapping. Raises CannotEdit where others share the mapping.
        """
        self.refuse_shared(mapping)
        if mapping.kind == "scalar" and mapping.text in _EMPTY_WORDS and not mapping.style:
            self._fill(mapping, pair_lines(key, value, self._dash()), _STEP)
        elif mapping.kind != "mapping":
            raise CannotEdit("it is no mapping where it is written")
        elif mapping.is_flow:
            self._add_in_flow(mapping, f"{scalar_text(key)}: {flow_text(value)}")
        else:
            column = self.tree.column(mapping.keys[0].start)
            lines = self._lines(pair_lines(key, value, self._dash()), column)
            names = [item.text for item in mapping.keys]
            if before in names:
                self._add_before(mapping.keys[names.index(before)].start, lines)
            else:
                self._add_behind(mapping.items[-1], lines)

    def add_item(self, sequence: Part, value: Value, *, first: bool = False) -> None:
        """Add an item to a list, behind its last one or before the first; an empty value counts as a list.

        Raises CannotEdit where others share the list.
        """
        self.refuse_shared(sequence)
        if sequence.kind == "scalar" and sequence.text in _EMPTY_WORDS and not sequence.style:
            self._fill(sequence, item_lines(value, self._dash()), self._dash())
        elif sequence.kind != "list":
            raise CannotEdit("it is no list where it is written")
        elif sequence.is_flow:
            if first and sequence.items:
                raise CannotEdit("it is a list in flow style, where nothing is put first")
            self._add_in_flow(sequence, flow_text(value))
        else:
            dash = self._dash_of(sequence, 0)
            lines = self._lines(item_lines(value, self._dash()), self.tree.column(dash))
            if first:
                self._add_before(dash, lines)
            else:
                self._add_behind(sequence.items[-1], lines)

    def _add_before(self, start: int, lines: str) -> None:
        """Put lines above an entry and its comments."""
        if self.text[self.tree.line_start(start) : start].strip():
            raise CannotEdit("it begins in the line of something else")
        at = self._with_comments(start)
        self._replace(at, at, lines + self.tree.line_break)

    def _fill(self, part: Part, lines: list[str], step: int) -> None:
        """Put lines below a key whose value is empty."""
        key = part.key
        if key is None or any(outer.is_flow for outer in part.above()):
            raise CannotEdit("it is empty where it is written")
        if part.end > part.start:
            self._replace(self._colon(key) + 1, part.end, "")
        column = self.tree.column(key.start)
        at = self.tree.line_end(key.end)
        self._replace(at, at, self.tree.line_break + self._lines(lines, column + step))

    def _add_in_flow(self, collection: Part, text: str) -> None:
        if not collection.items:
            at = collection.end - 1
            self._replace(at, at, text)
            return
        last = collection.items[-1].end
        match = _BLANKS.match(self.text, last)
        after = match.end() if match else last
        if self.text[after] == ",":
            self._replace(after + 1, after + 1, f" {text}")
        else:
            self._replace(last, last, f", {text}")

    def _add_behind(self, last: Part, lines: str) -> None:
        tree = self.tree
        end = last.end
        inner = last
        while inner.items and not inner.is_flow:
            inner = inner.items[-1]
        if inner.style in ("|", ">") and "+" in self.text[inner.start : inner.start + 3]:
            end = inner.tail
            self._replace(end, end, lines + tree.line_break)
            return
        at = tree.line_end(end)
        self._replace(at, at, tree.line_break + lines)

    def remove(self, part: Part) -> None:
        """Remove a value with its key or dash, and what holds nothing else.

        Raises CannotEdit where others share it.
        """
        outer = part.parent
        if outer is None:
            raise CannotEdit("it is a whole document")
        if part.anchor and self.tree.aliases(part.anchor):
            raise CannotEdit(self._shared_text(part))
        if len(outer.items) == 1:
            self.remove(outer)
            return
        self.refuse_shared(outer)
        place = outer.items.index(part)
        if outer.is_flow:
            self._remove_from_flow(outer, place)
            return
        start = outer.keys[place].start if outer.keys else self._dash_of(outer, place)
        line = self.tree.line_start(start)
        if self.text[line:start].strip():
            # It stands behind the dash of a list's item: what comes next moves there.
            following = outer.keys[place + 1].start if outer.keys else self._dash_of(outer, place + 1)
            self._replace(start, following, "")
            return
        end = self.tree.next_line(self._tail(part))
        if end == len(self.text) and not self.text.endswith(("\n", "\r")):
            line = len(self.text[:line].removesuffix("\n").removesuffix("\r"))
        self._replace(line, end, "")

    def _remove_from_flow(self, outer: Part, place: int) -> None:
        starts = outer.keys or outer.items
        if place + 1 < len(outer.items):
            self._replace(starts[place].start, starts[place + 1].start, "")
        else:
            self._replace(outer.items[place - 1].end, outer.items[place].end, "")

    def rename(self, key: Part, name: str) -> None:
        """Give a key another name. Raises CannotEdit where others share its mapping."""
        self.refuse_shared(key)
        quote = key.style if key.style in ("'", '"') else ""
        self._replace(self.tree.content_start(key), key.end, scalar_text(name, quote))

    def move(self, part: Part, target: Part | None, name: str) -> None:
        """Move an item of a block, with the comments above it, behind the last item of another block.

        target: where to; None: a new one of this name before the one that it leaves. Raises CannotEdit where
        it would be the last one there, or where others share it.
        """
        outer = part.parent
        if outer is None or outer.is_flow or (target is not None and target.is_flow and target.items):
            raise CannotEdit("containers in flow style are not moved")
        if len(outer.items) == 1:
            raise CannotEdit("it is the only container there")
        for shared in (part, outer, *([target] if target is not None else [])):
            self.refuse_shared(shared)
        place = outer.items.index(part)
        first = outer.keys[place].start if outer.keys else self._dash_of(outer, place)
        if self.text[self.tree.line_start(first) : first].strip():
            raise CannotEdit("it begins in the line of something else")
        start = self._with_comments(first)
        end = self.tree.next_line(self._tail(part))
        moved = self.text[start:end]
        line_break = self.tree.line_break
        if not moved.endswith(("\n", "\r")):
            moved += line_break
        column = self.tree.column(first)
        if target is None or not target.items:
            holder = outer.parent
            if holder is None or outer.key is None or target is not None:
                raise CannotEdit(f"{name} is empty where it is written")
            key = outer.key
            head = " " * self.tree.column(key.start) + f"{name}:" + line_break
            if self.text[self.tree.line_start(key.start) : key.start].strip():
                raise CannotEdit("it begins in the line of something else")
            at = self._with_comments(key.start)
            self._replace(start, end, "")
            self._replace(at, at, head + moved)
            return
        to = target.keys[0].start if target.keys else self._dash_of(target, 0)
        moved = _indented(moved, self.tree.column(to) - column)
        at = self.tree.next_line(self._tail(target.items[-1]))
        if at <= start:
            self._replace(start, end, "")
            self._replace(at, at, moved)
        else:
            ends = self.text[:at].endswith(("\n", "\r"))
            self._replace(at, at, moved if ends else line_break + moved.rstrip("\r\n"))
            self._replace(start, end, "")

    def _tail(self, part: Part) -> int:
        """Return an offset in the last line of a value."""
        inner = part
        while inner.items and not inner.is_flow:
            inner = inner.items[-1]
        if inner.style in ("|", ">") and "+" in self.text[inner.start : inner.start + 3]:
            return max(inner.end, inner.tail - 1)
        return inner.end

    def _with_comments(self, start: int) -> int:
        """Return where the lines of comments above an entry begin that are indented as it is."""
        line = self.tree.line_start(start)
        margin = self.text[line:start]
        while line:
            above = self.tree.line_start(line - 1)
            if not self.text[above:line].startswith(f"{margin}#"):
                break
            line = above
        return line

    def _colon(self, key: Part) -> int:
        colon = self.text.find(":", key.end)
        if colon < 0 or self.text[key.end : colon].strip():
            raise CannotEdit("its key is not written as `key: value`")
        return colon

    def _dash(self) -> int:
        """Return how far lists in mappings are indented in this file."""
        for part in self.tree.parts():
            key = part.key
            if part.kind == "list" and part.items and not part.is_flow and key is not None:
                return max(0, self.tree.column(self._dash_of(part, 0)) - self.tree.column(key.start))
        return _STEP

    def _dash_of(self, sequence: Part, place: int) -> int:
        """Return where the dash of an item stands."""
        before = sequence.items[place - 1].end if place else self.tree.content_start(sequence)
        match = _BLANKS.match(self.text, before)
        at = match.end() if match else before
        if self.text[at : at + 1] != "-":
            raise CannotEdit("its place in the file is not understood")
        return at

    def refuse_shared(self, part: Part) -> None:
        """Raise CannotEdit where an alias stands for the value or for what it is in."""
        if self.tree.shared_by(part) is not None:
            raise CannotEdit(self._shared_text(part))

    def _shared_text(self, part: Part) -> str:
        alias = self.tree.shared_by(part)
        line = self.tree.line(alias.start) if alias is not None else 0
        name = alias.text if alias is not None else part.anchor
        return f"*{name} in line {line} stands for the same text, so an edit would change both"


def _trimmed(start: int, old: str, new: str) -> TextEdit:
    """Return the edit that makes `new` of `old`, without what both begin and end with."""
    before = _alike(old, new)
    before -= old[:before].endswith("\r")  # no edit begins within a line break
    old, new = old[before:], new[before:]
    behind = _alike(old[::-1], new[::-1])
    behind -= old[len(old) - behind :].startswith("\n") and "\r" in (old + new)
    return TextEdit(start + before, start + before + len(old) - behind, new[: len(new) - behind])


def _alike(one: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((number for number, (a, b) in pairs if a != b), min(len(one), len(other)))


def _indented(lines: str, by: int) -> str:
    """Return lines moved to the right, or to the left; empty ones stay empty."""
    if by >= 0:
        return "".join(" " * by + line if line.strip() else line for line in lines.splitlines(keepends=True))
    return "".join(line[-by:] if line[:-by].isspace() else line for line in lines.splitlines(keepends=True))
