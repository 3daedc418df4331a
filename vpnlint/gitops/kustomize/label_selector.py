"""Label selectors in their text form, such as `app=web,tier notin (test, dev),!old`.

The grammar is that of k8s.io/apimachinery/pkg/labels (v0.34, selector.go: Lexer and Parser).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node

_TOKEN = defer_pattern(r"[=!<>]+|[(),]|[^\s=!<>(),]+")
_EQUALITY = ("=", "==", "!=")
_SETS = ("in", "notin")
_ORDER = ("<", ">")
_EXISTS, _IS_ABSENT = "exists", "!"


class Requirement(NamedTuple):
    """One condition of a selector on the label `key`."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def accepts(self, labels: dict[str, str]) -> bool:
        """Tell whether labels meet the condition."""
        value = labels.get(self.key)
        if self.operator in (_EXISTS, _IS_ABSENT):
            return (value is not None) == (self.operator == _EXISTS)
        if self.operator in _ORDER:
            return value is not None and _is_between(value, self.operator, self.values[0])
        return (value is not None and value in self.values) == (self.operator not in ("!=", "notin"))


def parse_selector(selector: str) -> list[Requirement]:
    """Return the requirements of a selector. Raises ValueError if Kubernetes refuses it."""
    tokens = _Tokens(_TOKEN.findall(selector))
    requirements = []
    while tokens.next:
        requirements.append(_parse_requirement(tokens))
        if tokens.next:
            tokens.expect(",")
    return requirements


def matches_label_selector(selector: str, labels: Node | None) -> bool:
    """Tell whether labels (a mapping Node or None) meet all requirements of a selector.

    Raises ValueError if Kubernetes refuses the selector.
    """
    texts = {key: str(node.value) for key, node in labels.map.items()} if labels is not None else {}
    return all(requirement.accepts(texts) for requirement in parse_selector(selector))


class _Tokens:
    """The words and operators of a selector, with one lookahead; the end is an empty string."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self._rest: Iterator[str] = iter(tokens)
        self.next = next(self._rest, "")

    def take(self) -> str:
        token, self.next = self.next, next(self._rest, "")
        return token

    def expect(self, token: str) -> None:
        if self.next != token:
            raise ValueError(f"expected {token!r}, not {self.next or 'the end'!r}")
        self.take()

    def take_word(self) -> str:
        """Take a key or a value, which may be empty before a comma, a bracket or the end."""
        return self.take() if self.next[:1] not in ("", *"=!<>(),") else ""


def _parse_requirement(tokens: _Tokens) -> Requirement:
    absent = tokens.next == _IS_ABSENT and bool(tokens.take())
    key = tokens.take_word()
    if not key:
        raise ValueError(f"expected a label's key, not {tokens.next or 'the end'!r}")
    if absent or tokens.next in ("", ","):
        return Requirement(key, _IS_ABSENT if absent else _EXISTS)
    operator = tokens.take()
    if operator in _EQUALITY:
        return Requirement(key, operator, (tokens.take_word(),))
    if operator in _ORDER:
        return Requirement(key, operator, (tokens.take_word(),))
    if operator not in _SETS:
        raise ValueError(f"{operator!r} is not an operator of label selectors")
    tokens.expect("(")
    values = [tokens.take_word()]
    while tokens.next == ",":
        tokens.take()
        values.append(tokens.take_word())
    tokens.expect(")")
    return Requirement(key, operator, tuple(values))


def _is_between(value: str, operator: str, limit: str) -> bool:
    if not (value.isdecimal() and limit.isdecimal()):
        return False
    shorter, longer = (value, limit) if operator == "<" else (limit, value)
    # Compared as text, as an int of many digits takes long to read.
    return (len(shorter.lstrip("0")), shorter.lstrip("0")) < (len(longer.lstrip("0")), longer.lstrip("0"))
