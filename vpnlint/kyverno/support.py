"""What vpnlint's CEL has and the cluster's has not: said at its place in the rule, before anything is emitted.

Source: k8s.io/apiserver v0.36.3, pkg/cel/environment/base.go: which library came with which version of Kubernetes, and that
literals must be of one type (HomogeneousAggregateLiterals); cel-go's strings extension in version 2 has no `reverse`.
What only the API server knows (the cost of a policy at run time), `vpnlint kyverno test` and a dry run tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vpnlint.errors import RuleError, UsageError
from vpnlint.kyverno.folder import Emission
from vpnlint.node import Node
from vpnlint.rules import Rule
from vpnlint.wording import HOLE

# ValidatingAdmissionPolicy v1 came with 1.30; optionals (1.28) and the strings extension in version 2 (1.29) are older.
_NATIVE_SINCE = (1, 30)
_NEVER = {
    r"\bcel\.bind\b": "cel.bind is not in Kubernetes's CEL; use [value].map(name, …)[0]",
    r"\.reverse\(": "reverse() is not in Kubernetes's CEL",
}
_TOKEN = re.compile(
    r"""(?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?P<number>\d[\w.]*)|(?P<bool>\b(?:true|false)\b)|[A-Za-z_]\w*|\s+|."""
)
# What a value may end in.
_VALUE = re.compile(r"[\w\])}\"'?]$")
_TEXTS = ("when", "deny", "doubt", "message")


def check_rule(rule: Rule) -> None:
    """Raise RuleError at the first place in the rule's CEL that an API server refuses although vpnlint takes it."""
    for key in _TEXTS:
        node = rule.source.get(key)
        if node is None or not node.text:
            continue
        for start, text in _expressions(key, node.text):
            for place, problem in _problems(text):
                raise _error(node, start + place, problem)


def check_cluster(emission: Emission, version: tuple[int, int]) -> None:
    """Raise UsageError where a cluster of this version of Kubernetes, (major, minor), takes no such policies."""
    if emission.form == "vap" and version < _NATIVE_SINCE:
        wanted, given = (".".join(map(str, numbers)) for numbers in (_NATIVE_SINCE, version))
        raise UsageError(
            f"Kubernetes {given} has no ValidatingAdmissionPolicy v1, which came with {wanted}; emit kyverno instead"
        )


def _expressions(key: str, text: str) -> Iterator[tuple[int, str]]:
    """Yield where each CEL expression of a rule's text starts in it, and the expression."""
    if key == "message":
        yield from ((match.start(1), match[1]) for match in HOLE.finditer(text))
    else:
        yield 0, text


def _problems(text: str) -> Iterator[tuple[int, str]]:
    """Yield the places in an expression that are refused, and why."""
    for pattern, problem in _NEVER.items():
        yield from ((match.start(), problem) for match in re.finditer(pattern, text))
    opened: list[tuple[str, int, set[str]]] = []
    before = ""
    tokens = [match for match in _TOKEN.finditer(text) if match[0].strip()]
    for match, after in zip(tokens, [*(token[0] for token in tokens[1:]), ""], strict=True):
        token = match[0]
        if token in ("[", "{", "("):
            # A bracket behind a value is an index or a call.
            literal = token == "{" or (token == "[" and (before == "in" or not _VALUE.search(before)))
            opened.append((token if literal else "", match.start(), set()))
        elif token in ("]", "}", ")") and opened:
            kind, start, kinds = opened.pop()
            if kind and len(kinds) > 1:
                yield (
                    start,
                    f"a list's or map's values must be of one type, here {' and '.join(sorted(kinds))}: wrap each in dyn()",
                )
        elif (
            match.lastgroup
            and opened
            and opened[-1][0]
            and before in ("[", ",", ":")
            and after in (",", "]", "}")
        ):
            opened[-1][2].add(match.lastgroup)
        before = token


def _error(node: Node, offset: int, problem: str) -> RuleError:
    """Return an error at an offset in a text, or where it stands over several lines, at the text."""
    span = node.span
    column = span.column
    if span.line == span.end_line:
        column += offset + (
            span.end_column - span.column > len(node.text)
        )  # behind the quote, if there is one
    return RuleError(node.file, f"the cluster would refuse this: {problem}", span.line, column)
