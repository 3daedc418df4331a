"""Refuses rules whose expressions would make ever longer texts and lists: anybody may have written them.

cel-cpp bounds how long a loop runs and how deep an expression is, and not how much memory its values take.
"""

from __future__ import annotations

from collections.abc import Iterable

from vpnlint.ruleset.cel_text import split_cel
from vpnlint.ruleset.data_file import make_rule_error
from vpnlint.source.node import Node

# Names and calls with those of the values they use, and how many times longer `replace` makes a text. The
# shipped rules stay below a hundredth of both.
_MOST_NAMES, _MOST_TIMES = 20_000, 10_000_000


def check_growth(let: Iterable[Node], texts: Iterable[Node]) -> None:
    """Raise RuleError at the first expression that may take more memory than any rule needs.

    let: the values that a rule names, each after those that it uses. texts: its other expressions, and texts
    with expressions in them.
    """
    known: dict[str, tuple[int, float]] = {}
    for node in [*let, *texts]:
        names, times = 1, 1.0
        longest = 1
        calls = 0
        for token in split_cel(node.text):
            own, larger = known.get(token.text, (1, 1.0)) if token.kind == "name" else (0, 1.0)
            names, times = names + own, times * larger
            longest = max(longest, len(token.text)) if token.kind == "string" else longest
            calls += token.text == "replace"
        times *= float(longest) ** min(calls, 30)
        if names > _MOST_NAMES or times > _MOST_TIMES:
            raise make_rule_error(node, "may make a text or list larger than any rule needs")
        if isinstance(node.name, str):
            known[node.name] = names, times
