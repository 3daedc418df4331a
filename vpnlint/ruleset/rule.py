"""Rule files → rules, as plain data. vpnlint's own and the user's have the same form and rank."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path as FilePath
from typing import NamedTuple, get_args

from vpnlint.results.finding import Answer, Severity
from vpnlint.ruleset.cache import NO_CACHE, Cache
from vpnlint.ruleset.data_file import (
    DEFENCES,
    find_shipped_folder,
    make_rule_error,
    read_condition,
    read_data_files,
    refuse_unknown_keys,
    require_key,
)
from vpnlint.ruleset.fix_template import FixTemplate, read_fixes
from vpnlint.ruleset.growth import check_growth
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node

SCOPES = ("pod", "client", "vpn", "container")
_REQUIRED = ("id", "severity", "summary", "for", "cases", "why")
_OPTIONAL = ("when", "let", "help", "at", "evidence", "references", "aliases")
_CASE_KEYS = ("when", "answer", "severity", "say", "help", "at", "fix", "surroundings")
# The keys of the first rule format, each with its replacement in this one.
_FORMER = {
    "deny": "cases: [{when: CONDITION, answer: deny, say: …}]",
    "doubt": "cases: [{when: CONDITION, answer: doubt, say: …}]",
    "message": "say, in each of the cases",
    "fix": "fix, in one of the cases",
}
_NAME = defer_pattern(r"[a-z][A-Za-z0-9]*\Z")
# Names that the view or CEL itself use.
_TAKEN = frozenset(
    ("it", "pod", "pods", "object", "variables", "catalog", "around", "in", "true", "false", "null")
)


class Case(NamedTuple):
    """One thing that a rule may say of an element.

    when is the CEL condition under which the case speaks, unless a case before it does. say and help may hold
    `{CEL}`. at lists places to underline, relative to the element and perhaps with `{CEL}`: the first that
    exists counts. Of fixes, the first whose condition holds is proposed. surroundings tells whether the case
    never speaks of a Pod that is seen alone, as by a policy in a cluster.
    """

    when: str
    answer: Answer
    severity: Severity
    say: str
    help: str
    at: tuple[str, ...]
    fixes: tuple[FixTemplate, ...]
    surroundings: bool
    source: Node


class Rule(NamedTuple):
    """One rule file.

    scope says what the rule judges: the `pod`, or each `client`, `vpn` or `container`, called `it` in CEL.
    when is the CEL condition under which the rule concerns this element at all. let holds CEL expressions by
    name for the cases, each after those that it needs; they are evaluated only where `when` holds.
    """

    id: str
    severity: Severity
    summary: str
    why: str
    scope: str
    when: str
    let: tuple[tuple[str, str], ...]
    cases: tuple[Case, ...]
    evidence: tuple[str, ...]
    references: tuple[str, ...]
    aliases: tuple[str, ...]
    source: Node


def read_rules(folders: Iterable[FilePath], cache: Cache = NO_CACHE) -> tuple[Rule, ...]:
    """Return the rules of all folders, ordered by id. Raises RuleError at the place of a mistake."""
    rules: dict[str, Rule] = {}
    shipped = os.path.join(find_shipped_folder(), "")
    for source in (source for folder in folders for source in read_data_files(folder, cache)):
        if FilePath(source.file) == find_shipped_folder() / DEFENCES:
            continue
        rule = _read_rule(source.root)
        if not source.file.startswith(shipped):
            _refuse_growth(rule)
        earlier = rules.setdefault(rule.id, rule)
        if earlier is not rule:
            raise make_rule_error(
                source.root.map["id"], f"the id {rule.id!r} is taken by {earlier.source.file}"
            )
    return tuple(rules[name] for name in sorted(rules))


def _refuse_growth(rule: Rule) -> None:
    """Raise RuleError at an expression of somebody's own rule that would take memory without end."""
    own = [node for key in ("when", "help") if (node := rule.source.get(key)) is not None]
    of_cases = [node for case in rule.cases for node in case.source.map.values()]
    check_growth(rule.source.fields("let").values(), [*own, *of_cases])


def _read_rule(root: Node) -> Rule:
    for key in root.map:
        if key in _FORMER:
            raise make_rule_error(
                root.get_key(key), f"{key!r} is a key of the former rule format; write {_FORMER[key]}"
            )
    refuse_unknown_keys(root, _REQUIRED + _OPTIONAL, "a rule")
    texts = {key: _read_text(root, key) for key in _REQUIRED if key != "cases"}
    if texts["for"] not in SCOPES:
        raise make_rule_error(root.map["for"], f"for must be one of {', '.join(SCOPES)}")
    severity = _read_severity(root.map["severity"])
    cases = require_key(root, "cases")
    if not cases.list:
        raise make_rule_error(cases, "cases must be a list of at least one case")
    return Rule(
        id=texts["id"],
        severity=severity,
        summary=texts["summary"],
        why=texts["why"],
        scope=texts["for"],
        when=read_condition(root, "when", "true"),
        let=tuple(_read_let(root)),
        cases=tuple(_read_case(node, root, severity) for node in cases.list),
        evidence=_read_texts(root, "evidence"),
        references=_read_texts(root, "references"),
        aliases=_read_texts(root, "aliases"),
        source=root,
    )


def _read_case(node: Node, root: Node, severity: Severity) -> Case:
    """Return a case; it takes help and at from the rule where it has none of its own."""
    if not node.map:
        raise make_rule_error(node, f"a case is a mapping ({', '.join(_CASE_KEYS)})")
    refuse_unknown_keys(node, _CASE_KEYS, "a case")
    answer = require_key(node, "answer")
    if answer.value not in get_args(Answer):
        raise make_rule_error(answer, f"answer must be {' or '.join(get_args(Answer))}")
    own = node.get("severity")
    return Case(
        when=read_condition(node, "when", "true"),
        answer="deny" if answer.value == "deny" else "doubt",
        severity=_read_severity(own) if own is not None else severity,
        say=_read_text(node, "say"),
        help=_read_text(node if "help" in node.map or "help" not in root.map else root, "help"),
        at=_read_texts(node if "at" in node.map else root, "at"),
        fixes=read_fixes(node.get("fix")),
        surroundings=_read_surroundings(node),
        source=node,
    )


def _read_surroundings(node: Node) -> bool:
    own = node.get("surroundings")
    if own is not None and not isinstance(own.value, bool):
        raise make_rule_error(own, "surroundings must be true or false")
    return own is not None and own.value is True


def _read_let(root: Node) -> Iterable[tuple[str, str]]:
    node = root.get("let")
    if node is not None and not node.map:
        raise make_rule_error(node, "let must map names to CEL expressions")
    for name, child in node.map.items() if node is not None else ():
        if not _NAME.match(name) or name in _TAKEN:
            raise make_rule_error(
                node.get_key(name) if node is not None else root, f"{name!r} cannot be the name of a value"
            )
        # YAML reads `true` and `3` as a bool and a number; CEL writes them the same way.
        text = str(child.value).lower() if isinstance(child.value, bool | int) else child.text
        if not text.strip():
            raise make_rule_error(child, f"{name!r} must be a CEL expression")
        yield name, text.strip()


def _read_severity(node: Node) -> Severity:
    names = [str(severity) for severity in reversed(Severity)]
    if node.value not in names:
        raise make_rule_error(node, f"severity must be {', '.join(names[:-1])} or {names[-1]}")
    return Severity[str(node.value).upper()]


def _read_text(node: Node, key: str) -> str:
    child = require_key(node, key)
    if not child.text.strip():
        raise make_rule_error(child, f"{key!r} must be text")
    return child.text.strip()


def _read_texts(node: Node, key: str) -> tuple[str, ...]:
    child = node.get(key)
    if child is None:
        return ()
    return tuple(item.text for item in (child.list if isinstance(child.value, list) else [child]))
