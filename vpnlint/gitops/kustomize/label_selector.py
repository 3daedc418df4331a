"""Label selectors in their text form, such as `app=web,tier notin (test, dev),!old`.

The grammar is that of k8s.io/apimachinery/pkg/labels (v0.34, selector.go).
"""

from __future__ import annotations

import re

from vpnlint.source.node import Node

_SET = re.compile(r"(\S+)\s+(in|notin)\s*\(([^)]*)\)")
_PART = re.compile(r"(?:[^,(]|\([^)]*\))+")
_EQUALS = re.compile(r"([^!=\s]+)\s*(==?|!=)\s*(\S*)")


def matches_selector(selector: str, labels: Node | None) -> bool:
    """Tell whether labels (a mapping Node, None: there are none) meet all requirements of a selector."""
    found = {key: str(node.value) for key, node in labels.map.items()} if labels is not None else {}
    return all(_meets(part.strip(), found) for part in _PART.findall(selector))


def _meets(requirement: str, labels: dict[str, str]) -> bool:
    if match := _SET.fullmatch(requirement):
        key, operator, values = match.groups()
        listed = labels.get(key) in [value.strip() for value in values.split(",")] and key in labels
        return listed if operator == "in" else not listed
    if match := _EQUALS.fullmatch(requirement):
        key, operator, value = match.groups()
        return (labels.get(key) == value) == (operator != "!=")
    if requirement.startswith("!"):
        return requirement[1:].strip() not in labels
    return requirement in labels
