"""The text of a template → its parts (Go 1.24, text/template/parse)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

_MAX_NESTING = 50
_NAME = r"[A-Za-z_]\w*"
_TOKEN = re.compile(
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
_SPACE = " \t\r\n"


class Undecidable(ValueError):
    """A template that only its own program can fill in, or that is none; the message says why."""


@dataclass(frozen=True)
class Operand:
    """A literal, a variable, the dot, a call or a pipeline in brackets, with fields of it."""

    kind: str
    value: Any
    fields: tuple[str, ...] = ()


Command: TypeAlias = "tuple[Operand, ...]"
Pipeline: TypeAlias = "tuple[Command, ...]"


@dataclass
class Block:
    """An action: its keyword (`print` for a plain pipeline), its variables and its contents."""

    keyword: str
    pipeline: Pipeline = ()
    variables: tuple[str, ...] = ()
    declares: bool = True
    body: list[Part] = field(default_factory=list)
    otherwise: list[Part] = field(default_factory=list)


Part: TypeAlias = "str | Block"


@lru_cache(maxsize=256)
def parse_template(text: str, left: str = "{{", right: str = "}}") -> list[Part]:
    """Return the parts of a template.

    Raises Undecidable where Go refuses it, or where it nests too deeply.
    """
    root = Block("root")
    stack: list[tuple[Block, list[Part]]] = [(root, root.body)]
    for part in _split(text, left, right):
        parts = stack[-1][1]
        if isinstance(part, _Text):
            parts.append(part.text)
            continue
        keyword, block = _action(part)
        if keyword == "end":
            if len(stack) == 1:
                raise Undecidable("an end without a beginning")
            # `else if` opens a block that the same end closes.
            while stack.pop()[0].keyword.startswith("else "):
                pass
        elif keyword == "else":
            if len(stack) == 1:
                raise Undecidable("an else without a beginning")
            owner = stack[-1][0]
            stack[-1] = owner, owner.otherwise
            if block.keyword != "print":
                block.keyword = f"else {block.keyword}"
                owner.otherwise.append(block)
                stack.append((block, block.body))
        elif block.keyword in ("if", "range", "with", "define", "block"):
            if len(stack) > _MAX_NESTING:
                raise Undecidable(f"it nests deeper than {_MAX_NESTING} levels")
            parts.append(block)
            stack.append((block, block.body))
        elif keyword != "comment":
            parts.append(block)
    if len(stack) > 1:
        raise Undecidable(f"a {stack[-1][0].keyword} without an end")
    return root.body


@dataclass(frozen=True)
class _Text:
    text: str


def _split(text: str, left: str, right: str) -> list[_Text | str]:
    """Return a template's texts and actions; `-` at a delimiter trims the text beside it."""
    parts: list[_Text | str] = []
    position, trims = 0, False
    while (start := text.find(left, position)) >= 0:
        inside = start + len(left)
        before = text[position:start]
        before = before.lstrip(_SPACE) if trims else before
        if text[inside : inside + 1] == "-" and text[inside + 1 : inside + 2] in _SPACE:
            before, inside = before.rstrip(_SPACE), inside + 1
        parts.append(_Text(before))
        end = _end(text, inside, right)
        body = text[inside:end]
        trims = len(body) > 1 and body[-1] == "-" and body[-2] in _SPACE
        parts.append(body[:-1] if trims else body)
        position = end + len(right)
    rest = text[position:]
    parts.append(_Text(rest.lstrip(_SPACE) if trims else rest))
    return parts


def _end(text: str, start: int, right: str) -> int:
    """Return where an action ends: at a delimiter that is in no string and no comment."""
    position = start
    while position < len(text):
        if text.startswith(right, position):
            return position
        character = text[position]
        if character in '"`':
            position = _after_string(text, position)
        elif text.startswith("/*", position):
            position = text.find("*/", position) + 2
            if position < 2:
                break
        else:
            position += 1
    raise Undecidable("an action without an end")


def _after_string(text: str, start: int) -> int:
    position = start + 1
    while position < len(text) and text[position] != text[start]:
        position += 2 if text[position] == "\\" and text[start] == '"' else 1
    return position + 1


def _action(text: str) -> tuple[str, Block]:
    """Return the keyword of an action and its block; of an else the block is what follows it."""
    inside = text.strip()
    if inside.startswith("/*"):
        return "comment", Block("print")
    word = re.match(r"[a-z]+\b(?!\.)", inside)
    keyword = word[0] if word else ""
    rest = inside[len(keyword) :]
    if keyword == "end":
        return keyword, Block("print")
    if keyword == "else":
        return keyword, _action(rest)[1] if rest.strip() else Block("print")
    if keyword in ("break", "continue"):
        return keyword, Block(keyword)
    if keyword in ("if", "range", "with", "define", "block", "template"):
        return keyword, _Reader(rest).block(keyword)
    return "print", _Reader(inside).block("print")


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

    def block(self, keyword: str) -> Block:
        variables, declares = self._assignment()
        block = Block(keyword, self._pipeline(0), variables, declares)
        if self._at < len(self._tokens):
            raise Undecidable(f"{self._tokens[self._at][0].strip()!r} is not expected")
        return block

    def _assignment(self) -> tuple[tuple[str, ...], bool]:
        """Return the variables before `:=` or `=`, and whether they are declared."""
        texts = [token[0].strip() for token in self._tokens[:4]]
        for count in (1, 3):
            if texts[count : count + 1] in ([":="], ["="]) and all(
                name[:1] in "$," for name in texts[:count]
            ):
                self._at = count + 1
                return tuple(name for name in texts[:count] if name != ","), texts[count] == ":="
        return (), True

    def _sign(self) -> str:
        token = self._tokens[self._at] if self._at < len(self._tokens) else None
        return (token["sign"] or token["close"] or "") if token is not None else ")"

    def _pipeline(self, depth: int) -> Pipeline:
        if depth > _MAX_NESTING:
            raise Undecidable("its brackets nest too deeply")
        commands = []
        while self._at < len(self._tokens) and self._sign() != ")":
            command = []
            while self._sign() in ("", "("):
                command.append(self._operand(depth))
            if not command:
                raise Undecidable("a command is missing")
            commands.append(tuple(command))
            if self._sign() == "|":
                self._at += 1
            elif self._sign() != ")":
                break
        return tuple(commands)

    def _operand(self, depth: int) -> Operand:
        token = self._tokens[self._at]
        self._at += 1
        if token["sign"] == "(":
            pipeline = self._pipeline(depth + 1)
            close = self._tokens[self._at] if self._at < len(self._tokens) else None
            if close is None or not close["close"]:
                raise Undecidable("a bracket is not closed")
            self._at += 1
            return Operand("pipeline", pipeline, _fields(close["of_close"]))
        if token["string"]:
            return Operand("literal", _unquoted(token["string"]))
        if token["number"]:
            return Operand("literal", _number(token["number"]))
        if token["variable"]:
            return Operand("variable", token["variable"], _fields(token["of_variable"]))
        if token["field"] or token["dot"]:
            return Operand("dot", None, _fields(token["field"]))
        word = token["word"]
        if word in ("true", "false", "nil"):
            return Operand("literal", {"true": True, "false": False}.get(word))
        return Operand("function", word, _fields(token["of_word"]))


def _fields(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(".")[1:]) if text else ()


def _number(text: str) -> int | float:
    try:
        return int(text, 0)
    except ValueError:
        try:
            return float(text)
        except ValueError as error:
            raise Undecidable(f"{text[:20]} is no number") from error


def _unquoted(token: str) -> str:
    if token[0] == "`":
        return token[1:-1]
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), token[1:-1])
