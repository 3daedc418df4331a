"""CEL as text: its tokens, and expressions put together of others. What CEL means is not looked at here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<string>(?:\b[rR])?"(?:\\.|[^"\\])*"|(?:\b[rR])?'(?:\\.|[^'\\])*')
    | (?P<number>\d[\w.]*)
    | (?P<name>[A-Za-z_]\w*)
    | (?P<space>\s+)
    | (?P<mark>.)
    """,
    re.DOTALL | re.VERBOSE,
)


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
    tokens = [token.text for token in cel_tokens(text)]
    parts: list[str] = []
    place = 0
    while place < len(tokens):
        is_member = (
            tokens[place] == base
            and tokens[place + 1 : place + 2] == ["."]
            and place + 2 < len(tokens)
            and (not parts or not parts[-1].endswith("."))
        )
        new = replacement(tokens[place + 2]) if is_member else None
        parts.append(tokens[place] if new is None else new)
        place += 1 if new is None else 3
    return "".join(parts)


def bind_values(values: Sequence[tuple[str, str]], body: str) -> str:
    """Return the expression `body` in which each name stands for its expression, evaluated once, in order.

    A list of one item gives a name to a value in every CEL; cel.bind would, but Kubernetes has none.
    """
    for name, expression in reversed(values):
        body = f"[{expression}].map({name}, {body})[0]"
    return body
