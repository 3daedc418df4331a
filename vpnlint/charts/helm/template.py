"""Helm `{{ }}` inside values, as the `tpl` function of Helm 3 and 4 evaluates it, where that is decidable.

Decidable are expressions of literals, `.Release`, `.Chart.Name`, `.Values` and common functions. Everything
else (unknown functions, `if`, `range`, `lookup` …) stays in the text as written, so that a `{{` in a result
means: not known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from vpnlint.charts.helm.function_names import FUNCTION_NAMES
from vpnlint.charts.helm.functions import FUNCTIONS, Value, as_text
from vpnlint.source.edit import map_strings
from vpnlint.source.node import Node

_SPACE = " \t\r\n"
_TOKEN = re.compile(
    r"""\s*(?:(?P<end>(?P<trim>(?<=\s)-)?\}\})
    |(?P<token>"(?:[^"\\\n]|\\.)*"|`[^`]*`|\$?(?:\.[A-Za-z_]\w*)+|\$|-?\d+(?:\.\d+)?|[A-Za-z_]\w*|[|().]))""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"(?:\s)*/\*.*?\*/\s*(?P<trim>-)?\}\}", re.DOTALL)
_BLOCKS = frozenset(
    ("if", "else", "end", "range", "with", "define", "block", "template", "break", "continue")
)

_NAMES = FUNCTION_NAMES | _BLOCKS | {"true", "false", "nil"}


class _UndecidableError(Exception):
    """The expression holds something that only Helm in a cluster, or nobody, can know."""


class _Action(NamedTuple):
    tokens: list[str]
    end: int
    trims_left: bool
    trims_right: bool


@dataclass(frozen=True)
class Template:
    """What expressions in values can refer to; `named` are the chart's own templates, for `include`."""

    release: Mapping[str, str]
    chart: Mapping[str, str]
    values: Node
    named: Mapping[str, str]

    def expand(self, node: Node) -> Node:
        """Return the Node with each decidable `{{ }}` in its strings replaced, or itself if there is none."""
        return map_strings(
            node, lambda text: Node.made(self.expand_text(text.text), text) if "{{" in text.text else text
        )

    def expand_text(self, text: str) -> str:
        """Return the text with every decidable `{{ }}` replaced by its value."""
        result, position, trim = "", 0, False
        while (start := text.find("{{", position)) >= 0:
            try:
                action = _read(text, start)
            except _UndecidableError:
                break
            if action.tokens and action.tokens[0] in _BLOCKS:
                return text
            before = text[position:start]
            result += self._trimmed(before, trim, action.trims_left) + self._printed(
                action, text[start : action.end]
            )
            position, trim = action.end, action.trims_right
        return result + self._trimmed(text[position:], trim, False)

    @staticmethod
    def _trimmed(text: str, left: bool, right: bool) -> str:
        text = text.lstrip(_SPACE) if left else text
        return text.rstrip(_SPACE) if right else text

    def _printed(self, action: _Action, written: str) -> str:
        try:
            return as_text(_Expression(action.tokens, self).value()) if action.tokens else ""
        except (_UndecidableError, TypeError, ValueError, LookupError, ArithmeticError):
            return written


def undefined_function(text: str) -> str:
    """Return the first function that a text's `{{ }}` call and Helm does not have.

    Empty where there is none.
    """
    position = 0
    while (start := text.find("{{", position)) >= 0:
        try:
            action = _read(text, start)
        except _UndecidableError:
            return ""
        before = ""
        for token in action.tokens:
            is_name = re.fullmatch(r"[A-Za-z_]\w*", token) is not None
            if is_name and not before.startswith(("define", "block")) and token not in _NAMES:
                return token
            before = token
        position = action.end
    return ""


def _read(text: str, start: int) -> _Action:
    """Read the action that starts at `start`; raise _UndecidableError where it is none that Go could read."""
    trims_left = text.startswith("{{-", start) and text[start + 3 : start + 4] in _SPACE
    position = start + (3 if trims_left else 2)
    if comment := _COMMENT.match(text, position):
        return _Action([], comment.end(), trims_left, comment["trim"] is not None)
    tokens: list[str] = []
    while match := _TOKEN.match(text, position):
        position = match.end()
        if match["end"]:
            return _Action(tokens, position, trims_left, match["trim"] is not None)
        tokens.append(match["token"])
    raise _UndecidableError


class _Expression:
    """A recursive-descent reader that evaluates as it reads: pipeline, command, operand."""

    def __init__(self, tokens: list[str], template: Template) -> None:
        self._tokens = tokens
        self._template = template
        self._position = 0

    def value(self) -> Value:
        result = self._pipeline()
        if self._peek():
            raise _UndecidableError
        return result

    def _peek(self) -> str:
        return self._tokens[self._position] if self._position < len(self._tokens) else ""

    def _next(self) -> str:
        token = self._peek()
        self._position += 1
        return token

    def _pipeline(self) -> Value:
        result = self._command([])
        while self._peek() == "|":
            self._next()
            result = self._command([result])
        return result

    def _command(self, piped: list[Value]) -> Value:
        token = self._peek()
        if not (token[:1].isalpha() or token[:1] == "_") or token in ("true", "false", "nil"):
            result = self._operand()
            if piped or self._peek() not in ("", "|", ")"):
                raise _UndecidableError
            return result
        name = self._next()
        arguments: list[Value] = []
        while self._peek() not in ("", "|", ")"):
            arguments.append(self._operand())
        return self._call(name, arguments + piped)

    def _call(self, name: str, arguments: list[Value]) -> Value:
        if name == "include" and arguments:
            return self._template.named[str(arguments[0])]
        if name == "tpl" and len(arguments) == 2:
            expanded = self._template.expand_text(as_text(arguments[0]))
            if "{{" in expanded:
                raise _UndecidableError
            return expanded
        return FUNCTIONS[name](*arguments)

    def _operand(self) -> Value:
        token = self._next()
        if token[:1] == '"':
            return _unquote(token)
        if token[:1] == "`":
            return token[1:-1]
        if token in ("true", "false"):
            return token == "true"
        if token == "nil":
            return None
        if token == "(":
            result = self._pipeline()
            if self._next() != ")":
                raise _UndecidableError
            return _field(result, self._next().split(".")[1:]) if self._peek().startswith(".") else result
        if token in (".", "$"):
            return self._template.values
        if token.startswith((".", "$.")):
            return self._root(token.removeprefix("$").split(".")[1:])
        if token[:1].isdigit() or token[:1] == "-":
            return float(token) if "." in token else int(token)
        return self._call(token, [])

    def _root(self, path: list[str]) -> Value:
        match path:
            case ["Values", *rest]:
                return _field(self._template.values, rest)
            case ["Release", name]:
                return self._template.release[name]
            case ["Chart", name]:
                return self._template.chart[name]
        raise _UndecidableError


def _field(value: Value, path: list[str]) -> Value:
    """Return the field at `path`; what is missing is nil, a field of nil stops Helm."""
    for name in path:
        if not isinstance(value, Node) or not isinstance(value.value, dict):
            raise _UndecidableError
        value = value.value.get(name)
    return value.value if isinstance(value, Node) and not isinstance(value.value, dict | list) else value


def _unquote(token: str) -> str:
    escapes = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
    return re.sub(r"\\(.)", lambda match: escapes[match[1]], token[1:-1])
