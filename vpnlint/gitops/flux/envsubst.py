"""Replaces `${…}` in a text as Flux does, which knows less than bash.

Source: github.com/fluxcd/pkg/envsubst v1.5.0 to v1.7.0 (Flux 2.5 to 2.9).

`$NAME` without braces stays, `$$` is one `$`. `${NAME-x}`, `${NAME+x}` and `${NAME?x}` are refused, and with
them a dash in a name; `:+` and `:?` act like `:-` (parse/parse.go, template.go).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vpnlint.gitops.flux.envsubst_functions import FUNCTIONS
from vpnlint.source.deferred_pattern import defer_pattern

# Flux has no limit, and nobody nests defaults in defaults even three deep.
_DEEPEST = 50
_SHOWN = 40
# The API server takes no object of more than 1.5 MiB.
_LONGEST = 2 << 20
_DEFAULT = defer_pattern(r":[=?+-]|=")
_OPERATOR = defer_pattern(r":|[,^]{1,2}|/[/#%]?|##?|%%?")
_COLONS = defer_pattern(":+")
_SLASHES = defer_pattern("/+")


def expand_variables(text: str, find: Callable[[str], str | None]) -> str:
    """Return the text with each `${…}` replaced.

    find: returns the value of a variable, an empty text if nothing defines it, or None if it cannot be known:
    expressions with it stay as written. Raises ValueError, with a message of one line, where Flux would fail.
    """
    return _Reader(text, find).read_text()


class _Reader:
    """One pass over a text that evaluates as it reads; an expression is a text and whether it is known."""

    def __init__(self, text: str, find: Callable[[str], str | None]) -> None:
        self._text = text
        self._find = find
        self._at = 0
        self._depth = 0

    def read_text(self) -> str:
        parts: list[str] = []
        while (dollar := self._text.find("$", self._at)) >= 0:
            parts.append(self._text[self._at : dollar])
            self._at = dollar + 2
            following = self._text[dollar + 1 : dollar + 2]
            if following == "{":
                parts.append(self._read_expression(dollar)[0])
            else:
                parts.append("$" if following == "$" else "$" + following)
        return "".join([*parts, self._text[self._at :]])

    def _read_expression(self, start: int) -> tuple[str, bool]:
        """Read an expression from after its `${` at `start` up to its brace."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise ValueError(f"${{…}} nested deeper than {_DEEPEST} levels")
        length = self._skip("#")
        name = self._read_name(start)
        if length:
            operator, arguments = "#", []
        elif (match := _DEFAULT.match(self._text, self._at)) is not None:
            operator, arguments = self._move_behind(match), self._read_default(start)
        elif (match := _OPERATOR.match(self._text, self._at)) is not None:
            operator = self._move_behind(match)
            arguments = self._read_arguments(operator, start)
        else:
            operator, arguments = "", []
        if not self._skip("}"):
            raise self._make_refusal(start)
        self._depth -= 1
        return self._evaluate(self._text[start : self._at], name, operator, arguments)

    def _read_name(self, start: int) -> str:
        end = self._at
        while end < len(self._text) and _is_in_name(self._text[end]):
            end += 1
        if end == self._at:
            raise self._make_refusal(start)
        name, self._at = self._text[self._at : end], end
        return name

    def _read_default(self, start: int) -> list[tuple[str, bool]]:
        arguments = []
        while not self._text.startswith("}", self._at):
            arguments.append(self._read_argument("}", start))
        return arguments

    def _read_arguments(self, operator: str, start: int) -> list[tuple[str, bool]]:
        if operator[0] in ",^":
            return []
        if operator[0] in "#%":
            return [self._read_argument("}", start)]
        stops, delimiter = (":}", _COLONS) if operator == ":" else ("/", _SLASHES)
        arguments = [self._read_argument(stops, start, escapes=operator != ":")]
        match = delimiter.match(self._text, self._at)
        if match is None:
            # A substring needs no length; a pattern needs the slash behind it.
            if operator != ":":
                raise self._make_refusal(start)
            return arguments
        self._move_behind(match)
        if operator == ":" or not self._text.startswith("}", self._at):
            arguments.append(self._read_argument("}", start, escapes=operator != ":"))
        return arguments

    def _read_argument(self, stops: str, start: int, *, escapes: bool = False) -> tuple[str, bool]:
        """Read an expression, or the text up to one of the characters in `stops` or the next expression."""
        if self._skip("${"):
            return self._read_expression(self._at - 2)
        begin, parts = self._at, []
        while self._at < len(self._text) and not self._text.startswith("${", self._at):
            pair = self._text[self._at : self._at + 2]
            if escapes and pair in ("$$", r"\/", r"\\"):
                self._at += 1
            elif pair[0] in stops:
                break
            parts.append(self._text[self._at])
            self._at += 1
        if self._at == begin:
            raise self._make_refusal(start)
        return "".join(parts), True

    def _evaluate(
        self, written: str, name: str, operator: str, arguments: list[tuple[str, bool]]
    ) -> tuple[str, bool]:
        value = self._find(name)
        if value is None:
            return written, False
        texts = [text for text, _ in arguments]
        known = all(known for _, known in arguments)
        function = FUNCTIONS.get(operator)
        if operator[:1] == "/" and len(texts) > 1 and value.count(texts[0]) * len(texts[1]) > _LONGEST:
            raise ValueError(f"the result would have more than {_LONGEST:,} characters")
        if function is None:
            return (value, True) if value else ("".join(texts), known)
        return (function(value, *texts), True) if known else (written, False)

    def _skip(self, wanted: str) -> bool:
        is_next = self._text.startswith(wanted, self._at)
        self._at += len(wanted) * is_next
        return is_next

    def _move_behind(self, match: re.Match[str]) -> str:
        self._at = match.end()
        return match[0]

    def _make_refusal(self, start: int) -> ValueError:
        brace = self._text.find("}", start)
        end = min(brace + 1 or len(self._text), start + _SHOWN)
        shown = " ".join(self._text[start:end].split())
        return ValueError(f"Flux refuses {shown}: it knows no such substitution")


def _is_in_name(character: str) -> bool:
    return character.isalpha() or character.isdecimal() or character == "_"
