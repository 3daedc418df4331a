"""Matches regular expressions from the input as Go's regexp package does, in linear time.

Kustomize, Flux and Kubernetes are Go programs and use RE2's syntax. cel-cpp contains RE2, so no further
dependency is needed: CEL's `matches` finds a pattern anywhere in a text, as Go's `MatchString` does. Python's
`re` takes exponential time for some patterns and interprets others differently.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from vpnlint.source.deferred_pattern import defer_pattern

# Patterns without any operator but the dot, for which Python's `re` neither backtracks nor differs.
_SIMPLE = defer_pattern(r"[\w/:@ .-]*", re.ASCII)
# Go refuses some patterns that RE2 in C++ accepts (Go 1.24, regexp/syntax/parse.go: maxHeight, parseInt, and
# no `\C`).
_MAX_DEPTH = 1000
_TOKEN = defer_pattern(
    r"\\(?P<escaped>.)|(?P<bracket>[()])|\{(?P<huge>\d{9,}),?\d*\}|\{\d*,(?P<most>\d{9,})\}", re.DOTALL
)


def matches_pattern(pattern: str, text: str, tail: str = "") -> bool:
    r"""Tell whether a whole text matches a pattern, as Go's `^(?:pattern)$` does.

    tail: an expression to append to the pattern, which is no group then (`^pattern` + tail + `$`). Raises
    ValueError, with the reason, if Go does not compile the pattern.
    """
    if _SIMPLE.fullmatch(pattern):
        return re.fullmatch(pattern + tail, text) is not None
    _check_pattern(pattern)
    return _load_search()(f"^{pattern}{tail}$" if tail else f"^(?:{pattern})$", text)


def _check_pattern(pattern: str) -> None:
    """Raise ValueError if RE2 in C++ accepts the pattern and Go refuses it."""
    depth = 0
    for token in _TOKEN.finditer(pattern):
        depth += {"(": 1, ")": -1}.get(token["bracket"] or "", 0)
        if depth > _MAX_DEPTH:
            raise ValueError("expression nests too deeply")
        if token["huge"] or token["most"]:
            raise ValueError("invalid repeat count")
        if token["escaped"] == "C":
            raise ValueError(r"invalid escape sequence: \C")


@cache
def _load_search() -> Callable[[str, str], bool]:
    """Return RE2's search; CEL is loaded only for a pattern that needs it."""
    from cel_expr_python import cel

    environment = cel.NewEnv(variables={"text": cel.Type.STRING, "pattern": cel.Type.STRING})
    program = environment.compile("text.matches(pattern)")

    def search(pattern: str, text: str) -> bool:
        try:
            result = program.eval(environment.Activation({"text": text, "pattern": pattern}))
        except RuntimeError as error:
            # A lone surrogate is not valid in UTF-8.
            raise ValueError("the expression is not valid text") from error
        if result.type() != cel.Type.BOOL:
            message = str(result.plain_value())
            raise ValueError(message.rpartition("invalid regular expression: ")[2])
        return result.plain_value() is True

    return search
