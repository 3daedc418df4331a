"""Rejects CEL that cel-cpp accepts and the API server does not, at its place in the rule.

Source: k8s.io/apiserver v0.36.3, pkg/cel/environment/base.go: which version of Kubernetes added which
library, and that literals must have one type (HomogeneousAggregateLiterals); cel-go's strings extension
in version 2 has no `reverse`. Only the API server knows a policy's cost at run time; `vpnlint kyverno test`
and a dry run show it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from vpnlint.admission.emission import Emission
from vpnlint.errors import RuleError, UsageError
from vpnlint.ruleset.cel_text import split_cel
from vpnlint.ruleset.rule import Rule
from vpnlint.ruleset.template import find_holes
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node

# ValidatingAdmissionPolicy v1 came with 1.30; optionals (1.28) and the strings extension in version 2 (1.29)
# are older.
_NATIVE_SINCE = (1, 30)
_NEVER = {
    r"\.reverse\(": "reverse() is not in Kubernetes's CEL",
}
_BOOLS = ("true", "false")
_NAME = defer_pattern(r"[A-Za-z_]\w*")


@dataclass
class _Group:
    """An open bracket: whether it starts a literal, its offset, the current item, the types so far."""

    literal: bool
    start: int
    item: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)


# The end of a token that is or closes a value.
_VALUE = defer_pattern(r"[\w\])}\"'?]$")


def check_rule(rule: Rule) -> None:
    """Raise RuleError at the first CEL in the rule that vpnlint accepts and the API server refuses."""
    nodes = [rule.source.get("when"), *(rule.source.map["let"].map.values() if rule.let else ())]
    for case in rule.cases:
        nodes += [case.source.get("when"), case.source.map["say"]]
    for node in nodes:
        if node is None or not node.text:
            continue
        is_template = node.name == "say"
        for start, text in find_holes(node.text) if is_template else [(0, node.text)]:
            for place, problem in _problems(text):
                raise _error(node, start + place, problem)


def check_cluster(emission: Emission, version: tuple[int, int]) -> None:
    """Raise UsageError if Kubernetes in this version, (major, minor), lacks such policies."""
    if emission.form == "vap" and version < _NATIVE_SINCE:
        wanted, given = (".".join(map(str, numbers)) for numbers in (_NATIVE_SINCE, version))
        raise UsageError(
            f"Kubernetes {given} has no ValidatingAdmissionPolicy v1 "
            f"(it came with {wanted}); emit kyverno instead"
        )


def _problems(text: str) -> Iterator[tuple[int, str]]:
    """Yield the offsets in an expression that the API server refuses, with the reason."""
    for pattern, problem in _NEVER.items():
        yield from ((match.start(), problem) for match in re.finditer(pattern, text))
    opened: list[_Group] = []
    before = ""
    for kind, token, start in split_cel(text):
        if kind == "space":
            continue
        if token in ("[", "{", "("):
            # A bracket right behind a value is an index or a call.
            literal = token == "{" or (token == "[" and (before == "in" or not _VALUE.search(before)))
            opened.append(_Group(literal, start))
        elif opened and token in ("]", "}", ")", ",", ":"):
            group = opened[-1]
            if token != ":":
                group.kinds.add(_kind(group.item))
            group.item = []
            if token in ("]", "}", ")"):
                opened.pop()
                kinds = sorted(group.kinds - {""})
                if group.literal and len(kinds) > 1:
                    yield (
                        group.start,
                        (
                            "the values of a list or map must be of one type, "
                            f"here {' and '.join(kinds)}: wrap each in dyn()"
                        ),
                    )
                if opened:
                    opened[-1].item.append("[]" if group.literal else "()")
        elif opened:
            opened[-1].item.append(token)
        before = token


def _kind(item: list[str]) -> str:
    """Return the type of a value by its tokens (a pair of brackets is one token), empty if unknown."""
    if not item:
        return ""
    if len(item) == 1:
        if item[0] == "[]":
            return "list or map"
        kind = next(split_cel(item[0])).kind
        return "bool" if item[0] in _BOOLS else kind if kind in ("string", "number") else ""
    if item[:2] == ["dyn", "()"] and len(item) == 2:
        return "dyn"
    # Everything from a view is dyn until a function turns it into something else.
    plain = all(part == "." or part == "?" or _NAME.fullmatch(part) for part in item)
    return "dyn" if plain and item[0] in ("it", "pod") else ""


def _error(node: Node, offset: int, problem: str) -> RuleError:
    """Return an error at an offset in a text, or at its start if the text spans several lines."""
    span = node.span
    column = span.column
    if span.line == span.end_line:
        column += offset + (
            span.end_column - span.column > len(node.text)
        )  # behind the quote, if there is one
    return RuleError(node.file, f"the cluster would refuse this: {problem}", span.line, column)
