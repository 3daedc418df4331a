"""Strings as Flux writes them into the YAML text in which it replaces variables.

Source: sigs.k8s.io/yaml 1.6.0 and go.yaml.in/yaml/v2 2.4.4, encode.go (stringv) and emitterc.go
(yaml_emitter_analyze_scalar, yaml_emitter_select_scalar_style). They fold lines beyond 80 columns, which
reads back as the same string.
"""

from __future__ import annotations

import re
from functools import cache

from vpnlint.source.deferred_pattern import defer_pattern

_NOT_PLAIN = defer_pattern(
    r"\A(?:---|\.\.\.)|\A[#,\[\]{}&*!|>'\"%@`]|\A[?:-](?: |\Z)|:(?: |\Z)| #|\A | \Z|[\n\u2028\u2029]"
)
_ODD_BREAK = defer_pattern("[\u2028\u2029]| \n")
_ESCAPES = {"\n": r"\n", "\t": r"\t", "\r": r"\r", '"': r"\"", "\\": r"\\"}


@cache
def _compile_escaped() -> re.Pattern[str]:
    """Return a pattern for characters that are escaped; it takes 9 ms to compile, and few runs need it."""
    return re.compile("[^\n -~\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]")


def _needs_escape(text: str) -> bool:
    is_plain = text.isascii() and (text.isprintable() or text.replace("\n", "").isprintable())
    return not is_plain and _compile_escaped().search(text) is not None


def emit_scalar(text: str, *, key: bool = False) -> str:
    """Return the YAML of a string with a `$` in it, as a value or as a key.

    The `$` keeps it from being read as another type. Further lines are indented by two.
    """
    if _needs_escape(text) or _ODD_BREAK.search(text):
        return _write_quoted(text)
    if "\n" in text:
        return _write_quoted(text) if key or text.endswith(" ") else _write_literal(text)
    if _NOT_PLAIN.search(text):
        return "'" + text.replace("'", "''") + "'"
    return text


def _write_literal(text: str) -> str:
    indent = "2" if text[0] in " \n" else ""
    chomp = "-" if not text.endswith("\n") else "+" if text == "\n" or text.endswith("\n\n") else ""
    lines = "".join(f"\n  {line}" if line else "\n" for line in text.removesuffix("\n").split("\n"))
    return f"|{indent}{chomp}{lines}"


def _write_quoted(text: str) -> str:
    return '"' + "".join(map(_escape, text)) + '"'


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    return f"\\U{ord(character):08X}" if _needs_escape(character) else character
