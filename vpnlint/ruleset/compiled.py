"""Rules and view → CEL, compiled once and evaluated for every workload."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vpnlint.errors import RuleError
from vpnlint.ruleset.catalog import Catalog
from vpnlint.ruleset.cel import VARIABLES, CompiledExpression, Engine, check_shadowing
from vpnlint.ruleset.cel_text import bind_values
from vpnlint.ruleset.compiled_view import CompiledView
from vpnlint.ruleset.defences import Defences
from vpnlint.ruleset.fix_template import FixTemplate, StepTemplate
from vpnlint.ruleset.kept_expressions import KeptExpressions
from vpnlint.ruleset.rule import Case, Rule
from vpnlint.ruleset.template import build_expression
from vpnlint.ruleset.view import build_view_variables, read_view
from vpnlint.source.node import Node

if TYPE_CHECKING:
    from cel_expr_python import cel

ELEMENTS = {"pod": "[pod]", "client": "pod.clients", "vpn": "pod.vpns", "container": "pod.containers"}
# An expression made of all rules has no place in any of their files.
_NOWHERE = Node({}, "the rules' conditions", (0, 0, 0, 0))


class CompiledCase:
    """A case whose texts are compiled when it first speaks."""

    def __init__(self, engine: Engine, rule: Rule, case: Case) -> None:
        self.case = case
        self._engine = engine
        self._id = rule.id
        self._let = rule.let
        self._rule = rule.source

    @cached_property
    def say(self) -> CompiledExpression:
        """The case's message. Raises RuleError at its place where it is not valid CEL."""
        return self._compile_text(self.case.source.map["say"])

    @cached_property
    def help(self) -> CompiledExpression:
        """The case's help. Raises RuleError at its place where it is not valid CEL."""
        return self._compile_text(self.case.source.get("help") or self._rule.map["help"])

    @cached_property
    def at(self) -> tuple[CompiledExpression, ...]:
        """The places to underline. Raises RuleError at the place of one that is not valid CEL."""
        node = self.case.source.get("at") or self._rule.get("at")
        return tuple(map(self._compile_text, node.list or [node])) if node is not None else ()

    @cached_property
    def fixes(self) -> tuple[tuple[FixTemplate, CompiledExpression], ...]:
        """Its fixes, each with an expression for the path and value of every change, step by step.

        The expression is an empty list where the fix's condition does not hold. Raises RuleError at the place
        of a fix that is not valid CEL.
        """
        return tuple((fix, self._compile_fix(fix)) for fix in self.case.fixes)

    def _compile_fix(self, fix: FixTemplate) -> CompiledExpression:
        def write() -> str:
            let = (*self._let, *fix.let)
            names = [name for name, _ in let]
            for source in (fix.source, *(step.source for step in fix.steps)):
                for node in (*source.map.values(), *source.fields("let").values()):
                    check_shadowing(node, names)
            steps = ", ".join(map(_write_step, fix.steps))
            return bind_values(let, f"({fix.when}) ? [{steps}] : []")

        return self._engine.compile_kept(f"{self._id} {fix.source.path}", write, fix.source)

    def compile(self) -> None:
        """Compile all texts now. Raises RuleError at the place of one that is not valid CEL."""
        _ = self.say, self.help, self.at, self.fixes

    def _compile_text(self, source: Node) -> CompiledExpression:
        def write() -> str:
            check_shadowing(source, [name for name, _ in self._let])
            return bind_values(self._let, build_expression(source.text.strip()))

        return self._engine.compile_kept(f"{self._id} {source.path}", write, source)


def _write_step(step: StepTemplate) -> str:
    """Return the CEL of a step's changes: a list of path, value, container and line."""
    value = json.dumps(step.value) if step.verbatim else build_expression(step.value)
    path, container, line = map(build_expression, (step.path, step.container, step.line))
    change = f"[{path}, {value}, {container}, {line}]"
    changes = f"({step.each}).map(item, {change})" if step.each else f"[{change}]"
    return f"(({step.when}) ? {changes} : [])"


class CompiledRule:
    """A rule in CEL, compiled when it is first asked."""

    def __init__(self, engine: Engine, rule: Rule) -> None:
        """Take the rule; nothing is compiled yet."""
        self.rule = rule
        self._engine = engine

    @cached_property
    def cases(self) -> tuple[CompiledCase, ...]:
        """What the rule may say; most rules have nothing to say of most Pods."""
        return tuple(CompiledCase(self._engine, self.rule, case) for case in self.rule.cases)

    @cached_property
    def speaker(self) -> CompiledExpression:
        """The number of the case that speaks (0: none) for each element of a Pod.

        Raises RuleError at the place of invalid CEL.
        """
        rule = self.rule
        try:
            return self._engine.compile_kept(rule.id, self._write_speaker, rule.source.map["cases"])
        except RuleError:
            # Compiling each part alone gives a more exact place for the error.
            alone = Engine((*VARIABLES, *(name for name, _ in rule.let)))
            for node, (_, text) in zip(self._let, rule.let, strict=True):
                CompiledExpression(alone, text, node)
            for node in self._conditions:
                alone.check_condition(node)
            raise

    @property
    def _let(self) -> list[Node]:
        return [self.rule.source.map["let"].map[name] for name, _ in self.rule.let]

    @property
    def _conditions(self) -> list[Node]:
        nodes = (self.rule.source, *(case.source for case in self.rule.cases))
        return [node.map["when"] for node in nodes if "when" in node.map]

    def _write_speaker(self) -> str:
        rule = self.rule
        for node in (*self._let, *self._conditions):
            check_shadowing(node, [name for name, _ in rule.let])
        numbers = "".join(f"({case.when}) ? {number} : " for number, case in enumerate(rule.cases, 1))
        speaker = f"({rule.when}) ? ({bind_values(rule.let, f'{numbers}0')}) : 0"
        return f"{ELEMENTS[rule.scope]}.map(it, {speaker})"

    def compile(self) -> None:
        """Compile all of it now. Raises RuleError at the place of invalid CEL."""
        _ = self.speaker
        for case in self.cases:
            case.compile()

    def list_elements(self, pod: Mapping[str, Any]) -> list[Any]:
        """Return the elements of a Pod that the rule judges, in the order of its answers."""
        return [pod] if self.rule.scope == "pod" else list(pod[f"{self.rule.scope}s"])


class CompiledRuleset:
    """The view, the rules over it and the defences, in one CEL environment."""

    def __init__(
        self, rules: Sequence[Rule], catalog: Catalog, defences: Defences, kept: KeptExpressions
    ) -> None:
        """Take the rules, the catalogue, the defences, and the expressions that earlier runs compiled.

        Raises RuleError if the view is not valid CEL.
        """
        self.engine = Engine(kept=kept)
        self.rules = tuple(CompiledRule(self.engine, rule) for rule in rules)
        self.defences = defences
        steps = kept.get("view")
        if steps is not None:
            self.view = CompiledView.restored(steps)
        else:
            view = read_view("pod")
            apart = [step.name for step in view if step.apart]
            self.view = CompiledView(build_view_variables(view, catalog.facts), apart)
            kept.add({"view": self.view.stored})

    @cached_property
    def statuses(self) -> CompiledExpression:
        """The expression for which tunnels, resolvers and defences are in force in a Pod."""
        return self.defences.compile_statuses(self.engine)

    @cached_property
    def _concerns(self) -> CompiledExpression:
        """Whether each rule's `when`, which is short, holds for any element of a Pod."""

        def write() -> str:
            conditions = (f"{ELEMENTS[rule.rule.scope]}.exists(it, {rule.rule.when})" for rule in self.rules)
            return f"[{', '.join(conditions)}]"

        return self.engine.compile_kept("concerns", write, _NOWHERE)

    def find_concerned(self, values: cel.Activation) -> list[CompiledRule]:
        """Return the rules that concern the Pod in `values`; the others have no answer for it."""
        try:
            concerned = self._concerns.evaluate(values)
        except RuleError:
            return list(self.rules)  # one cannot be evaluated and reports that when it is asked
        return [rule for rule, concerns in zip(self.rules, concerned, strict=True) if concerns]
