"""Tells whether a mutating policy can match a workload's objects, by their future names and labels.

Of a CEL condition vpnlint reads only plain comparisons of an object's name and labels; any other condition
may hold. Sources: Kubernetes v1.36 admissionregistration.k8s.io (spec.matchConditions: all must be true);
Kyverno 1.17, documentation of match and exclude (names may contain the wildcards `*` and `?`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.pod_kinds import POD_KINDS
from vpnlint.surroundings.selectors import read_labels, read_pod_labels
from vpnlint.surroundings.trilean import Tri, all_of, any_of, is_unresolved
from vpnlint.workloads.workload import Workload

# The objects that a controller creates pass admission as well.
_CREATED = {
    "Deployment": ("ReplicaSet", "Pod"),
    "Rollout": ("ReplicaSet", "Pod"),
    "CronJob": ("Job", "Pod"),
    "Pod": (),
}
# Stands for an unknown name.
_UNKNOWN = "${name}"
_WILDCARD = defer_pattern(r"[*?]")
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
# Strings, brackets and operators; the text between them does not matter.
_BRACKETS = defer_pattern(r"'[^']*'|\"[^\"]*\"|\|\||&&|[()\[\]{}]")
_FIELD = r"object\.metadata\.\??(?P<field>name|generateName)(?:\.orValue\(['\"]{2}\))?"
_NAME_TEST = defer_pattern(
    rf"{_FIELD}(?:\.(?P<test>startsWith|contains|endsWith)\((?P<q>['\"])(?P<text>[^'\"]*)(?P=q)\)"
    r"|\s*==\s*(?P<r>['\"])(?P<whole>[^'\"]*)(?P=r))"
)
_LABEL_TEST = defer_pattern(
    r"object\.metadata\.\??labels\[\??(?P<q>['\"])(?P<key>[^'\"]+)(?P=q)\](?:\.orValue\(['\"]{2}\))?"
    r"\s*==\s*(?P<r>['\"])(?P<value>[^'\"]+)(?P=r)"
)


class AdmittedObject(NamedTuple):
    """An object of a workload that passes admission.

    exact: the name is complete; otherwise a random suffix follows it. labels: None if they are unknown.
    """

    kind: str
    name: str
    exact: bool
    labels: Mapping[str, str] | None


def list_admitted_objects(workload: Workload) -> list[AdmittedObject]:
    """Return the objects that pass admission when a workload is applied: itself and those created from it."""
    root = workload.object
    kind = root.text_at("kind") if root is not None else ""
    of_pod = read_pod_labels(workload)
    if root is None or kind not in POD_KINDS:
        return [AdmittedObject("Pod", _UNKNOWN, False, of_pod)]
    name = root.text_at("metadata", "name") or _UNKNOWN
    own = AdmittedObject(kind, name, True, of_pod if kind == "Pod" else read_labels(root))
    created = _CREATED.get(kind, ("Pod",))
    return [own, *(AdmittedObject(item, name, False, of_pod if item == "Pod" else None) for item in created)]


def match_name(patterns: Iterable[str], target: AdmittedObject) -> Tri:
    """Tell whether one of Kyverno's name patterns matches a target."""
    return any_of([_match_pattern(pattern, target) for pattern in patterns])


def match_condition(expression: str, target: AdmittedObject) -> Tri:
    """Tell whether a CEL condition can hold for a target; `no` only if its comparisons rule that out."""
    if "?" in expression.replace(".?", ".").replace("[?", "["):
        return "unknown"  # a ternary
    return _evaluate_condition(expression, target)


def _evaluate_condition(text: str, target: AdmittedObject) -> Tri:
    text = text.strip()
    while text.startswith("(") and _find_closing(text) == len(text) - 1:
        text = text[1:-1].strip()
    for operator, combine in (("||", any_of), ("&&", all_of)):
        parts = _split_condition(text, operator)
        if len(parts) > 1:
            return combine([_evaluate_condition(part, target) for part in parts])
    return _match_term(text, target)


def _find_closing(text: str) -> int:
    """Return the index of the bracket that closes the first one; -1 if none does."""
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth += match[0] in _OPENING
        depth -= match[0] in _CLOSING
        if depth == 0:
            return match.end() - 1
    return -1


def _split_condition(text: str, operator: str) -> list[str]:
    """Split a condition at an operator that is outside brackets and strings."""
    parts, depth, start = [], 0, 0
    for match in _BRACKETS.finditer(text):
        depth += match[0] in _OPENING
        depth -= match[0] in _CLOSING
        if match[0] == operator and depth == 0:
            parts.append(text[start : match.start()])
            start = match.end()
    return [*parts, text[start:]]


def _match_pattern(pattern: str, target: AdmittedObject) -> Tri:
    if is_unresolved(pattern) or is_unresolved(target.name):
        return "unknown"
    if target.exact:
        return "yes" if fnmatchcase(target.name, pattern) else "no"
    wildcard = _WILDCARD.search(pattern)
    start = pattern[: wildcard.start()] if wildcard else pattern
    known = f"{target.name}-"
    if wildcard and known.startswith(start):
        return "yes" if pattern == f"{start}*" else "unknown"
    return "unknown" if start.startswith(known) else "no"


def _match_term(term: str, target: AdmittedObject) -> Tri:
    if match := _NAME_TEST.fullmatch(term):
        return _match_name_test(match, target)
    match = _LABEL_TEST.fullmatch(term)
    if match is None or target.labels is None:
        return "unknown"
    value = target.labels.get(match["key"], "")
    return "unknown" if is_unresolved(value) else "yes" if value == match["value"] else "no"


def _match_name_test(match: re.Match[str], target: AdmittedObject) -> Tri:
    # A controller names its Pods by generateName; a manifest has none.
    if match["field"] == "generateName" and target.exact:
        return "no"
    if match["whole"] is not None:
        return _match_pattern(match["whole"], target)
    if match["test"] == "startsWith":
        return _match_pattern(f"{match['text']}*", target)
    if target.exact and not is_unresolved(target.name):
        matches = (
            target.name.endswith(match["text"])
            if match["test"] == "endsWith"
            else match["text"] in target.name
        )
        return "yes" if matches else "no"
    return "unknown"
