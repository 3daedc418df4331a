"""Cuts a view and the catalogue down to what one rule uses: the cluster evaluates all it is given.

A view makes maps (`{"name": …, "env": …}`) and picks fields of them. What nobody picks by name is left out:
an entry stays if its key is written anywhere in what stays, as `.key` or as a string that may be a key. So it
leaves out too little, never too much.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from vpnlint.ruleset.cel_text import split_cel


@dataclass(frozen=True)
class _Entry:
    """An entry of a map literal: its key where that is a string, the key as it is written, and the value."""

    key: str
    written: str
    value: _Text


@dataclass(frozen=True)
class _Map:
    entries: list[_Entry]


# A CEL text: tokens, and the map literals among them.
_Text: TypeAlias = "list[str | _Map]"


def find_used_names(variables: Sequence[tuple[str, str]], texts: Iterable[str]) -> frozenset[str]:
    """Return every name that the texts use of these variables (name, expression), and that those use in turn.

    Names are those of variables, of fields and of keys of the catalogue.
    """
    named = dict(variables)
    names = {"pods"} | {name for text in texts for name, _ in _names(text)}
    while True:
        reached = [entry for name, text in named.items() if name in names for entry in _names(text)]
        found = names | {name for name, keys in reached if names.issuperset(keys)}
        if found == names:
            return frozenset(names)
        names = found


def reduce_variables(variables: Sequence[tuple[str, str]], names: frozenset[str]) -> list[tuple[str, str]]:
    """Return those of the variables that are among the names, without the entries of maps that are not."""
    return [(name, _written(_parse(text), names)) for name, text in variables if name in names]


def reduce_catalog(constant: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """Return the catalogue's constant without the fields that are not among the names.

    Fields and tables (image or program → what is known of it) alternate on the way down; tables stay whole.
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


# All rules are cut out of the same few texts of a view.
@lru_cache(maxsize=256)
def _parse(text: str) -> _Text:
    tokens = [" " if token.kind == "space" else token.text for token in split_cel(text)]
    parsed, end = _until(tokens, 0, "")
    assert end == len(tokens), text
    return parsed


def _until(tokens: list[str], start: int, ends: str) -> tuple[_Text, int]:
    """Return what stands from `start` on, and where one of the ends stands outside all brackets."""
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
    """Return the entries of a map literal, and where the token behind its brace stands."""
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
    """Return the names in a text, each with the keys of the entries of maps within which it stands.

    A name is what stands behind a dot, or a string that may be a key: within square brackets that are no list
    behind `in`, or before `in`. A variable of a comprehension and a string that something is compared with
    are none.
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
