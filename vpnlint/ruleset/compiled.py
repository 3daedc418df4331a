"""Rules and view → CEL programs, compiled once and asked of every workload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vpnlint.ruleset import data_file as data
from vpnlint.ruleset import defences
from vpnlint.ruleset.cel import Engine, Program, chain
from vpnlint.ruleset.rule import Rule
from vpnlint.ruleset.template import expression
from vpnlint.source.node import Node

ELEMENTS = {"pod": "[pod]", "client": "pod.clients", "vpn": "pod.vpns", "container": "pod.containers"}


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

    def __init__(self, rules: Sequence[Rule]) -> None:
        """Compile all. Raises RuleError at the place of the first expression that is not valid."""
        self.engine = Engine()
        view = read_view()
        self.view = Program(self.engine, chain(view_variables(view)), view)
        self.questions = tuple(self._question(rule) for rule in rules)
        self.defences = defences.load()
        self.statuses = self.defences.program(self.engine)

    def _question(self, rule: Rule) -> Question:
        root = rule.source
        conditions = [root.map[key] for key in ("when", "deny", "doubt") if key in root.map]
        for condition in conditions:
            self.engine.check(condition)
        answer = f"({rule.when}) ? (({rule.deny}) ? 2 : ({rule.doubt}) ? 1 : 0) : 0"
        at = root.get("at")
        return Question(
            rule,
            Program(self.engine, f"pods.map(pod, {ELEMENTS[rule.scope]}.map(it, {answer}))", conditions[-1]),
            self._template(root.map["message"]),
            self._template(root.map["help"]),
            tuple(map(self._template, at.list or [at])) if at is not None else (),
        )

    def _template(self, source: Node) -> Program:
        return Program(self.engine, expression(source.text), source)


def read_view() -> Node:
    """Return the Pod view as it is written. Raises RuleError where it cannot be read."""
    return data.source(data.shipped() / "views" / "pod.yaml").root


def view_variables(view: Node) -> list[tuple[str, str]]:
    """Return the names and CEL expressions of a view's variables, in order; the last is `pods`."""
    variables = data.require(view, "variables").list
    return [(data.require(node, "name").text, data.require(node, "expression").text) for node in variables]
