"""Rules and view → CEL programs, compiled once and asked of every workload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vpnlint import data
from vpnlint.cel import Engine, Program, chain, template
from vpnlint.node import Node
from vpnlint.rules import Rule

_ELEMENTS = {"pod": "[pod]", "client": "pod.clients", "vpn": "pod.vpns", "container": "pod.containers"}


@dataclass(frozen=True)
class Question:
    """A rule with its programs: answers gives 2 (deny), 1 (doubt) or 0 for each element of each Pod."""

    rule: Rule
    answers: Program
    message: Program
    help: Program
    at: tuple[Program, ...]

    def elements(self, pod: Mapping[str, Any]) -> list[Any]:
        """Return what of a Pod of the view the rule is asked of, in the order of its answers."""
        return [pod] if self.rule.scope == "pod" else list(pod[f"{self.rule.scope}s"])


class Programs:
    """The view and the questions over it, in one CEL environment."""

    def __init__(self, rules: Sequence[Rule], view: Node) -> None:
        """Compile all. Raises RuleError at the place of the first expression that is not valid."""
        self.engine = Engine()
        variables = data.require(view, "variables")
        texts = [(data.require(v, "name").text, data.require(v, "expression").text) for v in variables.list]
        self.view = Program(self.engine, chain(texts), variables)
        self.questions = tuple(self._question(rule) for rule in rules)

    def _question(self, rule: Rule) -> Question:
        root = rule.source
        conditions = [root.map[key] for key in ("when", "deny", "doubt") if key in root.map]
        for condition in conditions:
            self.engine.check(condition)
        answer = f"({rule.when}) ? (({rule.deny}) ? 2 : ({rule.doubt}) ? 1 : 0) : 0"
        at = root.get("at")
        return Question(
            rule,
            Program(self.engine, f"pods.map(pod, {_ELEMENTS[rule.scope]}.map(it, {answer}))", conditions[-1]),
            self._template(root.map["message"]),
            self._template(root.map["help"]),
            tuple(map(self._template, at.list or [at])) if at is not None else (),
        )

    def _template(self, source: Node) -> Program:
        return Program(self.engine, template(source), source)
