"""Reduces a view and the catalogue to what one rule uses, as a cluster evaluates everything it is given.

A view builds maps (`{"name": …, "env": …}`) and selects fields from them. An entry stays if its key occurs
anywhere in the remaining text, as `.key` or as a string that may be a key. So this keeps too much rather than
too little.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from vpnlint.ruleset.cel_text import split_cel


@dataclass(frozen=True)
class _Entry:
    """An entry of a map literal: its key if that is a string, the key as written, and the value."""

    key: str
    written: str
    value: _Text


@dataclass(frozen=True)
class _Map:
    entries: list[_Entry]


# A CEL text: tokens, and the map literals among them.
_Text: TypeAlias = "list[str | _Map]"


def find_used_names(variables: Sequence[tuple[str, str]], texts: Iterable[str]) -> frozenset[str]:
    """Return every name that the texts use, directly or through these variables (name, expression).

    They are names of variables, of fields and of keys in the catalogue.
    """
    unread = dict(variables)
    names = {"pods"} | {name for text in texts for name, _ in _names(text)}
    waiting: list[tuple[str, frozenset[str]]] = []
    while True:
        for name in unread.keys() & names:
            waiting += _names(unread.pop(name))
        found = {name for name, keys in waiting if name not in names and names.issuperset(keys)}
        if not found:
            return frozenset(names)
        names |= found
        waiting = [entry for entry in waiting if entry[0] not in names]


def reduce_variables(variables: Sequence[tuple[str, str]], names: frozenset[str]) -> list[tuple[str, str]]:
    """Return the variables with these names, without map entries whose keys are not among the names."""
    return [(name, _written(_parse(text), names)) for name, text in variables if name in names]


def reduce_catalog(constant: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """Return the catalogue's constant, reduced to fields among the names.

    Levels of fields and tables (image or program → entry) alternate; tables keep all their entries.
    """
    return {key: _table(value, names) for key, value in constant.items() if key in names}


def _table(value: Any, names: frozenset[str]) -> Any:  # noqa: ANN401  (plain data of any shape)
    if isinstance(value, dict):
        return {key: _fields(item, names) for key, item in value.items()}
    return [_fields(item, names) for item in value] if isinstance(value, list) else value


def _fields(value: Any, names: frozenset[str]) -> Any:  # noqa: ANN401  (plain data of any shape)
    if not isinstance(value, dict):
        return value
    return {key: _table(item, names) for key, item in value.items() if key in names}


# All rules share the same few texts of a view.
@lru_cache(maxsize=256)
def _parse(text: str) -> _Text:
    tokens = [" " if token.kind == "space" else token.text for token in split_cel(text)]
    parsed, end = _until(tokens, 0, "")
    assert end == len(tokens), text
    return parsed


def _until(tokens: list[str], start: int, ends: str) -> tuple[_Text, int]:
    """Return the text from `start` up to one of the ends outside all brackets, and the end's position."""
    text: _Text = []
    depth = 0
    place = start
    while place < len(tokens):
        token = tokens[place]
        if not depth and token in ends:
            break
        if token == "{":
            entries, place = _entries(tokens, place + 1)
            text.append(_Map(entries))
            continue
        depth += (token in "([") - (token in ")]")
        text.append(token)
        place += 1
    return text, place


def _entries(tokens: list[str], place: int) -> tuple[list[_Entry], int]:
    """Return the entries of a map literal, and the position behind its closing brace."""
    entries = []
    while tokens[place] != "}":
        key, colon = _until(tokens, place, ":")
        value, place = _until(tokens, colon + 1, ",}")
        written = "".join(part for part in key if isinstance(part, str)).strip()
        name = written.removeprefix("?")
        entries.append(_Entry(name[1:-1] if name[0] in "\"'" else "", written, value))
        place += tokens[place] == ","
    return entries, place + 1


@lru_cache(maxsize=512)
def _names(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return the names in a text, each with the keys of the map entries around it.

    A name follows a dot, or is a string that may be a key: within square brackets (but for a list behind
    `in`), or before `in`. Variables of comprehensions and strings in comparisons are no names.
    """
    return tuple(dict.fromkeys(_named(_parse(text), frozenset())))


def _named(text: _Text, keys: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    parts = [part for part in text if part != " "]
    may_be_keys = [False]
    before, dotted = "", False
    for part, after in zip(parts, [*parts[1:], ""], strict=True):
        if isinstance(part, _Map):
            for entry in part.entries:
                yield from _named(entry.value, keys | {entry.key} if entry.key else keys)
            before = "{"
            continue
        if part in ("(", "["):
            may_be_keys.append(part == "[" and before != "in")
        elif part in (")", "]"):
            may_be_keys.pop()
        elif part[0] in "\"'":
            if may_be_keys[-1] or after == "in":
                yield part[1:-1], keys
        elif before == "." or (before == "?" and dotted):
            yield part, keys
        dotted = before == "."
        before = part


def _written(text: _Text, names: frozenset[str]) -> str:
    return "".join(part if isinstance(part, str) else _written_map(part, names) for part in text).strip()


def _written_map(literal: _Map, names: frozenset[str]) -> str:
    entries = (
        f"{entry.written}: {_written(entry.value, names)}"
        for entry in literal.entries
        if not entry.key or entry.key in names
    )
    return "{" + ", ".join(entries) + "}"
