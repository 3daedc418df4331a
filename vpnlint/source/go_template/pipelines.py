"""Parses the pipeline inside an action (Go 1.25, text/template/parse)."""

from __future__ import annotations

import re

from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.go_template.limits import MAX_NESTING, Undecidable
from vpnlint.source.go_template.parts import Block, Operand, Pipeline

_NAME = r"[A-Za-z_]\w*"
_TOKEN = defer_pattern(
    rf"""\s*(?:(?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
    |(?P<number>[-+]?\d[\w.]*)
    |(?P<variable>\${_NAME}|\$)(?P<of_variable>(?:\.{_NAME})*)
    |(?P<field>(?:\.{_NAME})+)
    |(?P<dot>\.)
    |(?P<word>{_NAME})(?P<of_word>(?:\.{_NAME})*)
    |(?P<close>\))(?P<of_close>(?:\.{_NAME})*)
    |(?P<sign>:=|=|\||\(|,))""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_CONSTANTS = {"true": True, "false": False, "nil": None}


def read_block(keyword: str, text: str) -> Block:
    """Return the block of an action with this keyword and text. Raises Undecidable if Go refuses it."""
    return _Reader(text).read_action(keyword)


class _Reader:
    """Reads the inside of one action."""

    def __init__(self, text: str) -> None:
        self._tokens: list[re.Match[str]] = []
        position, text = 0, text.rstrip()
        while position < len(text):
            token = _TOKEN.match(text, position)
            if token is None:
                raise Undecidable(f"{text[position : position + 20]!r} cannot be read")
            self._tokens.append(token)
            position = token.end()
        self._at = 0

    def read_action(self, keyword: str) -> Block:
        variables, declares = self._read_assignment()
        block = Block(keyword, self._read_pipeline(0), variables, declares)
        if self._at < len(self._tokens):
            raise Undecidable(f"{self._tokens[self._at][0].strip()!r} is unexpected")
        return block

    def _read_assignment(self) -> tuple[tuple[str, ...], bool]:
        """Return the variables before `:=` or `=`, and whether it declares them."""
        texts = [token[0].strip() for token in self._tokens[:4]]
        for count in (1, 3):
            if texts[count : count + 1] in ([":="], ["="]) and all(
                name[:1] in "$," for name in texts[:count]
            ):
                self._at = count + 1
                return tuple(name for name in texts[:count] if name != ","), texts[count] == ":="
        return (), True

    def _peek_sign(self) -> str:
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        return (token["sign"] or token["close"] or "") if token is not None else ")"

    def _read_pipeline(self, depth: int) -> Pipeline:
        if depth > MAX_NESTING:
            raise Undecidable("its brackets are nested too deeply")
        commands = []
        while self._at < len(self._tokens) and self._peek_sign() != ")":
            command = []
            while self._peek_sign() in ("", "("):
                command.append(self._read_operand(depth))
            if not command:
                raise Undecidable("a command is missing")
            commands.append(tuple(command))
            if self._peek_sign() == "|":
                self._at += 1
            elif self._peek_sign() != ")":
                break
        return tuple(commands)

    def _read_operand(self, depth: int) -> Operand:
        token = self._tokens[self._at]
        self._at += 1
        if token["sign"] == "(":
            return self._read_brackets(depth)
        if token["string"]:
            return Operand("literal", _unquote(token["string"]))
        if token["number"]:
            return Operand("literal", _read_number(token["number"]))
        if token["variable"]:
            return Operand("variable", token["variable"], _split_fields(token["of_variable"]))
        if token["field"] or token["dot"]:
            return Operand("dot", None, _split_fields(token["field"]))
        word = token["word"]
        if word in _CONSTANTS:
            return Operand("literal", _CONSTANTS[word])
        return Operand("function", word, _split_fields(token["of_word"]))

    def _read_brackets(self, depth: int) -> Operand:
        pipeline = self._read_pipeline(depth + 1)
        close = self._tokens[self._at] if self._at < len(self._tokens) else None
        if close is None or not close["close"]:
            raise Undecidable("a bracket is not closed")
        self._at += 1
        return Operand("pipeline", pipeline, _split_fields(close["of_close"]))


def _split_fields(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(".")[1:]) if text else ()


def _read_number(text: str) -> int | float:
    try:
        return int(text, 0)
    except ValueError:
        try:
            return float(text)
        except ValueError as error:
            raise Undecidable(f"{text[:20]} is not a number") from error


def _unquote(token: str) -> str:
    if token[0] == "`":
        return token[1:-1]
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), token[1:-1])
