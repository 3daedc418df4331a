"""Rule files → rules, as plain data. vpnlint's own and the user's have the same form and rank."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
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


class Rule:
    """One rule file; a run reads the parts of it that it needs. Each part raises RuleError at a mistake.

    scope says what the rule judges: the `pod`, or each `client`, `vpn` or `container`, called `it` in CEL.
    when is the CEL condition under which the rule concerns this element at all.
    """

    def __init__(self, source: Node) -> None:
        """Take the file's mapping. Raises RuleError where it has no id."""
        self.source = source
        self.id = _read_text(source, "id")

    @cached_property
    def severity(self) -> Severity:
        """How bad it is what the rule finds, unless a case says otherwise."""
        return _read_severity(require_key(self.source, "severity"))

    @cached_property
    def summary(self) -> str:
        """What the rule finds, in a few words."""
        return _read_text(self.source, "summary")

    @cached_property
    def why(self) -> str:
        """Why the rule exists."""
        return _read_text(self.source, "why")

    @cached_property
    def scope(self) -> str:
        """What the rule judges."""
        scope = _read_text(self.source, "for")
        if scope not in SCOPES:
            raise make_rule_error(self.source.map["for"], f"for must be one of {', '.join(SCOPES)}")
        return scope

    @cached_property
    def when(self) -> str:
        """The condition under which the rule concerns an element at all."""
        return read_condition(self.source, "when", "true")

    @cached_property
    def let(self) -> tuple[tuple[str, str], ...]:
        """CEL expressions by name for the cases, each after those that it needs.

        They are evaluated only where `when` holds.
        """
        return tuple(_read_let(self.source))

    @cached_property
    def cases(self) -> tuple[Case, ...]:
        """What the rule may say."""
        cases = require_key(self.source, "cases")
        if not cases.list:
            raise make_rule_error(cases, "cases must be a list of at least one case")
        return tuple(_read_case(node, self.source, self.severity) for node in cases.list)

    @cached_property
    def evidence(self) -> tuple[str, ...]:
        """The measurements that the rule rests on."""
        return _read_texts(self.source, "evidence")

    @cached_property
    def references(self) -> tuple[str, ...]:
        """Where its facts stand."""
        return _read_texts(self.source, "references")

    @cached_property
    def aliases(self) -> tuple[str, ...]:
        """Its former names."""
        return _read_texts(self.source, "aliases")


def read_rules(folders: Iterable[FilePath], cache: Cache = NO_CACHE) -> tuple[Rule, ...]:
    """Return the rules of all folders, ordered by id. Raises RuleError at the place of a mistake."""
    rules: dict[str, Rule] = {}
    shipped = find_shipped_folder()
    for folder in folders:
        without = DEFENCES if folder == shipped else ""
        is_own = not folder.is_relative_to(shipped)
        for file in read_data_files(folder, cache, _check_rule, without=without):
            rule = Rule(file.root)
            if is_own:
                _refuse_growth(rule)
            earlier = rules.setdefault(rule.id, rule)
            if earlier is not rule:
                raise make_rule_error(
                    file.root.map["id"], f"the id {rule.id!r} is taken by {earlier.source.file}"
                )
    return tuple(rules[name] for name in sorted(rules))


def _refuse_growth(rule: Rule) -> None:
    """Raise RuleError at an expression of somebody's own rule that would take memory without end."""
    own = [node for key in ("when", "help") if (node := rule.source.get(key)) is not None]
    of_cases = [node for case in rule.cases for node in case.source.map.values()]
    check_growth(rule.source.fields("let").values(), [*own, *of_cases])


def _check_rule(root: Node) -> None:
    """Raise RuleError at the place of a mistake in a rule file."""
    for key in root.map:
        if key in _FORMER:
            raise make_rule_error(
                root.get_key(key), f"{key!r} is a key of the former rule format; write {_FORMER[key]}"
            )
    refuse_unknown_keys(root, _REQUIRED + _OPTIONAL, "a rule")
    rule = Rule(root)
    _ = rule.severity, rule.summary, rule.scope, rule.why, rule.when, rule.let, rule.cases
    _ = rule.evidence, rule.references, rule.aliases


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
