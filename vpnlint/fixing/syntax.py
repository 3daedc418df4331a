"""The text of a YAML file → a tree that knows where each value begins and ends, in characters."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import yaml
from yaml._yaml import Mark as CMark

from vpnlint.source.compose import BREAK
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Span
from vpnlint.source.stream import split_documents

Kind: TypeAlias = Literal["mapping", "list", "scalar", "alias"]
# An anchor and a tag before a value.
_PROPERTIES = defer_pattern(r"(?:[&!][^\s,\[\]{}]*[ \t]+)*+")


@dataclass(eq=False)
class Part:
    """One value or key as it is written.

    start and end are where it stands, a block's end being that of its last value. tail is where a block
    scalar really ends, with the empty lines behind it. keys and items are those of a mapping; a list has
    items alone. text is a scalar's value or an alias's name, anchor the name that the value is given.
    """

    kind: Kind
    start: int
    end: int
    tail: int = 0
    style: str = ""
    text: str = ""
    anchor: str = ""
    is_flow: bool = False
    keys: list[Part] = field(default_factory=list)
    items: list[Part] = field(default_factory=list)
    parent: Part | None = None

    @property
    def key(self) -> Part | None:
        """The key that it stands under; None in a list and at the top."""
        if self.parent is None or self.parent.kind != "mapping":
            return None
        return self.parent.keys[self.parent.items.index(self)]

    @property
    def name(self) -> str:
        """The text of its key, empty where it has none."""
        key = self.key
        return key.text if key is not None else ""

    def get(self, *path: str) -> Part | None:
        """Return the value at these keys, None without one; merged keys and aliases are not followed."""
        part: Part | None = self
        for name in path:
            names = [key.text for key in part.keys] if part is not None else []
            part = part.items[names.index(name)] if part is not None and name in names else None
        return part

    def above(self) -> Iterator[Part]:
        """Yield the value itself and all collections around it, from the inside out."""
        part: Part | None = self
        while part is not None:
            yield part
            part = part.parent

    def within(self) -> Iterator[Part]:
        """Yield the value itself and all values in it, keys left out."""
        yield self
        for item in self.items:
            yield from item.within()


class SyntaxTree:
    """The syntax of a file, document by document; documents that are not YAML are left out."""

    def __init__(self, text: str) -> None:
        """Parse the text of a file, without byte order mark."""
        self.text = text
        self.roots: list[Part] = []
        start = 0
        for chunk in split_documents(text):
            try:
                root = _parse(chunk, start)
            except yaml.YAMLError:
                root = None
            if root is not None:
                self.roots.append(root)
            start += len(chunk)
        self._starts = [0, *(match.end() for match in BREAK.finditer(text))]
        self._by_place: dict[tuple[int, int], Part] = {}
        self._by_start: dict[tuple[int, Kind], Part] = {}
        self._aliases: dict[str, list[Part]] = {}
        for part in self.parts():
            self._by_place.setdefault((part.start, part.end), part)
            self._by_start.setdefault((part.start, part.kind), part)
            if part.kind == "alias":
                self._aliases.setdefault(part.text, []).append(part)

    def parts(self) -> Iterator[Part]:
        """Yield all values of all documents."""
        for root in self.roots:
            yield from root.within()

    def find(self, span: Span) -> Part | None:
        """Return the value at exactly this place; None where there is none."""
        start, end = self._offset(span.line, span.column), self._offset(span.end_line, span.end_column)
        return self._by_place.get((start, end))

    def find_start(self, start: int, kind: Kind) -> Part | None:
        """Return the value of this kind that begins at an offset."""
        return self._by_start.get((start, kind))

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + column - 1 if line <= len(self._starts) else len(self.text)

    def line(self, offset: int) -> int:
        """Return the 1-based number of the line that an offset is in."""
        return bisect_right(self._starts, offset)

    def line_start(self, offset: int) -> int:
        """Return where the line of an offset begins."""
        return self._starts[bisect_right(self._starts, offset) - 1]

    def line_end(self, offset: int) -> int:
        """Return where the line of an offset ends, before its line break."""
        match = BREAK.search(self.text, offset)
        return match.start() if match else len(self.text)

    def next_line(self, offset: int) -> int:
        """Return where the line behind that of an offset begins; the text's end where there is none."""
        match = BREAK.search(self.text, offset)
        return match.end() if match else len(self.text)

    def column(self, offset: int) -> int:
        """Return how many characters stand before an offset in its line."""
        return offset - self.line_start(offset)

    @property
    def line_break(self) -> str:
        """How the lines of the file end."""
        return "\r\n" if "\r\n" in self.text else "\n"

    def content_start(self, part: Part) -> int:
        """Return where a value begins behind its anchor and tag."""
        match = _PROPERTIES.match(self.text, part.start, part.end)
        return match.end() if match else part.start

    def aliases(self, anchor: str) -> list[Part]:
        """Return the aliases of an anchor."""
        return self._aliases.get(anchor, [])

    def shared_by(self, part: Part) -> Part | None:
        """Return an alias of the value or of a collection around it; None without one."""
        for outer in part.above():
            aliases = self.aliases(outer.anchor) if outer.anchor else []
            if aliases:
                return aliases[0]
        return None


def _parse(text: str, shift: int) -> Part | None:
    """Return the root of one document, whose offsets count from `shift` on; None where it is empty."""
    root: Part | None = None
    open_parts: list[Part] = []
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionEndEvent):
            part = open_parts.pop()
            part.tail = part.end = _end(part, _index(event.end_mark) + shift)
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        part = _part(event, text, shift)
        if not open_parts:
            root = part
        else:
            outer = open_parts[-1]
            part.parent = outer
            is_key = outer.kind == "mapping" and len(outer.keys) == len(outer.items)
            (outer.keys if is_key else outer.items).append(part)
        if isinstance(event, yaml.CollectionStartEvent):
            open_parts.append(part)
    return root


def _part(event: yaml.NodeEvent, text: str, shift: int) -> Part:
    start, end = _index(event.start_mark), _index(event.end_mark)
    made = Part("scalar", start + shift, end + shift, end + shift)
    if isinstance(event, yaml.AliasEvent):
        made.kind, made.text = "alias", event.anchor or ""
        return made
    made.anchor = event.anchor or ""
    if isinstance(event, yaml.ScalarEvent):
        made.style, made.text = event.style or "", event.value
        if made.style in ("|", ">"):
            # The mark stands after the line breaks that end a block.
            made.end = start + len(text[start:end].rstrip()) + shift
    elif isinstance(event, yaml.CollectionStartEvent):
        made.kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
        made.is_flow = bool(event.flow_style)
    return made


def _index(mark: yaml.Mark | CMark | None) -> int:
    return mark.index if mark is not None else 0


def _end(part: Part, marked: int) -> int:
    """Return where a collection ends: of a block, where its last value does."""
    return part.items[-1].end if part.items and not part.is_flow else marked
