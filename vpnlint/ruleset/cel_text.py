"""CEL as text: its tokens, and expressions put together of others. What CEL means is not looked at here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple

_STRING = r"""(?:\b[rR])?"(?:\\.|[^"\\])*"|(?:\b[rR])?'(?:\\.|[^'\\])*'"""
_TOKEN = re.compile(
    rf"""
    (?P<string>{_STRING})
    | (?P<number>\d[\w.]*)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<space>\s+)
    | (?P<mark>.)
    """,
    re.DOTALL | re.VERBOSE,
)
# A string, a field behind a dot (`.name`, `.?name`), a number, or a variable.
_VARIABLE = re.compile(rf"{_STRING}|\.\s*\??\s*[A-Za-z_]\w*|\d[\w.]*|(?P<variable>[A-Za-z_]\w*)", re.DOTALL)


class Token(NamedTuple):
    """A token of CEL: its kind (string, number, name, space or mark), its text, and where it starts."""

    kind: str
    text: str
    start: int


def cel_tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a CEL expression; put together they are the expression again."""
    for match in _TOKEN.finditer(text):
        yield Token(str(match.lastgroup), match[0], match.start())


def replace_members(text: str, base: str, replacement: Callable[[str], str | None]) -> str:
    """Return the expression with each `base.NAME` replaced by `replacement(NAME)`; None keeps it.

    Strings are left alone, and so is a field that is called as the base is (`x.base.NAME`).
    """

    def replace(match: re.Match[str]) -> str:
        name = match["member"]
        new = replacement(name) if name is not None else None
        return match[0] if new is None else new

    return _member_pattern(base).sub(replace, text)


@cache
def _member_pattern(base: str) -> re.Pattern[str]:
    return re.compile(rf"{_STRING}|(?<![\w.]){base}\.(?P<member>[A-Za-z_]\w*)", re.DOTALL)


def replace_names(text: str, names: Mapping[str, str]) -> str:
    """Return the expression with each variable of these names replaced; fields and strings are left alone."""
    if not names:
        return text

    def replace(match: re.Match[str]) -> str:
        return names.get(match["variable"] or "") or match[0]

    return _VARIABLE.sub(replace, text)


def bind_values(values: Sequence[tuple[str, str]], body: str) -> str:
    """Return the expression `body` in which each name stands for its expression, evaluated once, in order.

    A list of one item gives a name to a value in every CEL; cel.bind would, but Kubernetes has none. Values that do not
    need each other are named together, as the fields of one map: cel-cpp takes no more than 32 levels.
    """
    levels: list[list[tuple[str, str]]] = []
    level_of: dict[str, int] = {}
    for name, expression in values:
        used = {token.text for token in cel_tokens(expression) if token.kind == "name"} & level_of.keys()
        level_of[name] = max((level_of[other] + 1 for other in used), default=0)
        if level_of[name] == len(levels):
            levels.append([])
        levels[level_of[name]].append((name, expression))
    places = {name: f"let{number}.{name}" for name, number in level_of.items()}
    text = replace_names(body, places)
    for number in range(len(levels) - 1, -1, -1):
        fields = ", ".join(f'"{name}": dyn({replace_names(one, places)})' for name, one in levels[number])
        text = f"[{{{fields}}}].map(let{number}, {text})[0]"
    return text
