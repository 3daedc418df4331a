"""Rule files → rules: plain data, of one form and rank for vpnlint's own and the user's."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import get_args

from vpnlint.cache import NO_CACHE, Cache
from vpnlint.errors import RuleError
from vpnlint.finding import Answer, Severity
from vpnlint.ruleset import data_file as data
from vpnlint.ruleset.fix_template import FixTemplate, read_fixes
from vpnlint.source.node import Node

SCOPES = ("pod", "client", "vpn", "container")
_REQUIRED = ("id", "severity", "summary", "for", "cases", "why")
_OPTIONAL = ("when", "let", "help", "at", "evidence", "references", "aliases")
_CASE_KEYS = ("when", "answer", "severity", "say", "help", "at", "fix")
# The keys of the first rule format, with what stands for each in this one.
_FORMER = {
    "deny": "cases: [{when: CONDITION, answer: deny, say: …}]",
    "doubt": "cases: [{when: CONDITION, answer: doubt, say: …}]",
    "message": "say, in each of the cases",
    "fix": "fix, in one of the cases",
}
_NAME = re.compile(r"[a-z][A-Za-z0-9]*\Z")
# What the view and CEL itself call something else.
_TAKEN = frozenset(
    ("it", "pod", "pods", "object", "variables", "catalog", "around", "in", "true", "false", "null")
)


@dataclass(frozen=True)
class Case:
    """One thing that a rule may say of an element.

    when is the CEL condition under which it speaks, if no case before it does. say and help may hold `{CEL}`,
    as may each of at: the places to underline, relative to the element, of which the first that exists
    counts. Of fixes, the first whose condition holds is proposed.
    """

    when: str
    answer: Answer
    severity: Severity
    say: str
    help: str
    at: tuple[str, ...]
    fixes: tuple[FixTemplate, ...]
    source: Node


@dataclass(frozen=True)
class Rule:
    """One rule file.

    scope is what the rule is asked of: the `pod`, or each `client`, `vpn` or other `container`, called `it`
    in CEL. when is a CEL condition: does the rule concern this element at all? let holds named CEL
    expressions for the cases, in the order in which they need each other; they are evaluated only where
    `when` holds.
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
    """Return the rules of all folders, ordered by id. Raises RuleError at the place of what is broken."""
    rules: dict[str, Rule] = {}
    for source in (source for folder in folders for source in data.sources(folder, cache)):
        if FilePath(source.file) == data.shipped() / data.DEFENCES:
            continue
        rule = _read_rule(source.root)
        earlier = rules.setdefault(rule.id, rule)
        if earlier is not rule:
            raise _error(source.root.map["id"], f"the id {rule.id!r} is taken by {earlier.source.file}")
    return tuple(rules[name] for name in sorted(rules))


def _read_rule(root: Node) -> Rule:
    for key in root.map:
        if key in _FORMER:
            raise _error(root.key(key), f"{key!r} is a key of the former rule format; write {_FORMER[key]}")
    _refuse_unknown(root, _REQUIRED + _OPTIONAL, "a rule")
    texts = {key: _text(root, key) for key in _REQUIRED if key != "cases"}
    if texts["for"] not in SCOPES:
        raise _error(root.map["for"], f"for must be one of {', '.join(SCOPES)}")
    severity = _severity(root.map["severity"])
    cases = data.require(root, "cases")
    if not cases.list:
        raise _error(cases, "cases must be a list of at least one case")
    return Rule(
        id=texts["id"],
        severity=severity,
        summary=texts["summary"],
        why=texts["why"],
        scope=texts["for"],
        when=_condition(root),
        let=tuple(_let(root)),
        cases=tuple(_read_case(node, root, severity) for node in cases.list),
        evidence=_texts(root, "evidence"),
        references=_texts(root, "references"),
        aliases=_texts(root, "aliases"),
        source=root,
    )


def _read_case(node: Node, root: Node, severity: Severity) -> Case:
    """Return a case; help and at are the rule's where the case has none of its own."""
    if not node.map:
        raise _error(node, f"a case is a mapping ({', '.join(_CASE_KEYS)})")
    _refuse_unknown(node, _CASE_KEYS, "a case")
    answer = data.require(node, "answer")
    if answer.value not in get_args(Answer):
        raise _error(answer, f"answer must be {' or '.join(get_args(Answer))}")
    own = node.get("severity")
    return Case(
        when=_condition(node),
        answer="deny" if answer.value == "deny" else "doubt",
        severity=_severity(own) if own is not None else severity,
        say=_text(node, "say"),
        help=_text(node if "help" in node.map or "help" not in root.map else root, "help"),
        at=_texts(node if "at" in node.map else root, "at"),
        fixes=read_fixes(node.get("fix")),
        source=node,
    )


def _let(root: Node) -> Iterable[tuple[str, str]]:
    node = root.get("let")
    if node is not None and not node.map:
        raise _error(node, "let must map names to CEL expressions")
    for name, child in node.map.items() if node is not None else ():
        if not _NAME.match(name) or name in _TAKEN:
            raise _error(
                node.key(name) if node is not None else root, f"{name!r} can't be the name of a value"
            )
        # YAML takes `true` and `3` for what they are, and CEL writes them alike.
        text = str(child.value).lower() if isinstance(child.value, bool | int) else child.text
        if not text.strip():
            raise _error(child, f"{name!r} must be a CEL expression")
        yield name, text.strip()


def _refuse_unknown(node: Node, keys: tuple[str, ...], what: str) -> None:
    for key in node.map:
        if key not in keys:
            raise _error(node.key(key), f"{key!r} is not a key of {what} ({', '.join(keys)})")


def _severity(node: Node) -> Severity:
    names = [str(severity) for severity in reversed(Severity)]
    if node.value not in names:
        raise _error(node, f"severity must be {', '.join(names[:-1])} or {names[-1]}")
    return Severity[str(node.value).upper()]


def _condition(node: Node) -> str:
    """Return the CEL condition under `when`, true where there is none."""
    child = node.get("when")
    if child is None:
        return "true"
    if isinstance(child.value, bool):
        return str(child.value).lower()
    if not child.text.strip():
        raise _error(child, "when must be a CEL expression")
    return child.text.strip()


def _text(node: Node, key: str) -> str:
    child = data.require(node, key)
    if not child.text.strip():
        raise _error(child, f"{key!r} must be text")
    return child.text.strip()


def _texts(node: Node, key: str) -> tuple[str, ...]:
    child = node.get(key)
    if child is None:
        return ()
    return tuple(item.text for item in (child.list if isinstance(child.value, list) else [child]))


def _error(node: Node, message: str) -> RuleError:
    return RuleError(node.file, message, *node.span[1:3])
