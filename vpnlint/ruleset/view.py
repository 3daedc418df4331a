"""A view (rules/views/): how CEL makes of a Kubernetes object the Pods that rules are asked about.

A view file is a list of steps. One with an `expression` is a variable of that name. One with `fields` makes
maps of them: the fields of a level use only those of the levels before it, so that each is worked out once,
in a list of one item that gives its level a name (the cluster's CEL has no other way to name a value within
an expression).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path as FilePath

from vpnlint.errors import RuleError
from vpnlint.ruleset import data_file as data
from vpnlint.ruleset.cel_text import cel_tokens, replace_members
from vpnlint.source.node import Node

# Field → program → what the catalogue says of it in place of the view's own expression.
Facts = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class ViewField:
    """A field of `it` or `pod`. expression is empty if the items that the step goes over have it already."""

    name: str
    type: str
    means: str
    expression: str
    is_internal: bool
    by_program: bool
    items: Mapping[str, str]


@dataclass(frozen=True)
class ViewStep:
    """A step: a variable where it has no fields.

    when is a condition without which a step about the Pod makes none. kept are the names of the fields that
    its maps have: those for rules, and those that a later step needs. repeated is appended to the expression
    so many `times`.
    """

    name: str
    expression: str
    over: str
    when: str
    repeated: str
    times: int
    fields: tuple[ViewField, ...]
    kept: tuple[str, ...] = ()


def read_view(name: str) -> tuple[ViewStep, ...]:
    """Return the steps of a shipped view. Raises RuleError where the file cannot be read."""
    root = data.source(data.shipped() / "views" / f"{name}.yaml").root
    steps = [_read_step(node) for node in data.require(root, "steps").list]
    later: set[str] = set()
    needed: dict[str, set[str]] = {}
    for step in reversed(steps):
        needed[step.name] = set(later)
        later |= _names(step)
    made: dict[str, dict[str, ViewField]] = {}
    for number, step in enumerate(steps):
        fields = {**made.get(step.over, {}), **{entry.name: entry for entry in step.fields}}
        made[step.name] = {
            key: entry for key, entry in fields.items() if not entry.is_internal or key in needed[step.name]
        }
        steps[number] = replace(step, kept=tuple(made[step.name]))
    return tuple(steps)


def view_variables(steps: Sequence[ViewStep], facts: Facts) -> list[tuple[str, str]]:
    """Return the view as CEL variables (name, expression) that use `variables.NAME` of earlier ones."""
    variables = []
    for step in steps:
        expression = _compose(step, facts) if step.fields else step.expression
        for number in range(step.times):
            variables.append((f"{step.name}_{number}", expression))
            expression = f"variables.{step.name}_{number}{step.repeated}"
        variables.append((step.name, expression))
    return variables


def _read_step(node: Node) -> ViewStep:
    def text(key: str) -> str:
        child = node.get(key)
        return child.text.strip() if child is not None else ""

    fields = node.get("fields")
    times = node.get("times")
    return ViewStep(
        name=data.require(node, "name").text,
        expression=text("expression"),
        over=text("over"),
        when=text("when"),
        repeated=text("step"),
        times=int(times.plain()) if times is not None else 0,
        fields=tuple(map(_read_field, fields.list)) if fields is not None else (),
    )


def _read_field(node: Node) -> ViewField:
    internal, by_program = node.get("internal"), node.get("by_program")
    is_internal = internal is not None and internal.value is True
    expression, items = node.get("expression"), node.get("items")
    return ViewField(
        name=data.require(node, "name").text,
        type="" if is_internal else data.require(node, "type").text,
        means="" if is_internal else data.require(node, "means").text.strip(),
        expression=expression.text.strip() if expression is not None else "",
        is_internal=is_internal,
        by_program=by_program is not None and by_program.value is True,
        items=items.plain() if items is not None else {},
    )


def _names(step: ViewStep) -> set[str]:
    """Return every name that the step's CEL holds."""
    texts = (step.expression, step.when, *(entry.expression for entry in step.fields))
    return {token.text for text in texts for token in cel_tokens(text) if token.kind == "name"}


def _members(base: str, text: str) -> set[str]:
    """Return every NAME of which the text has `base.NAME`."""
    names: set[str] = set()
    replace_members(text, base, names.add)
    return names


def _compose(step: ViewStep, facts: Facts) -> str:
    """Return the step's fields as one expression."""
    item = "it" if step.over else "pod"
    expressions = {
        entry.name: _with_facts(entry, facts.get(entry.name, {})) for entry in step.fields if entry.expression
    }
    levels = _levels(expressions, item)
    # What no field of this step makes, its items bring along.
    home = {
        name: "level0" for text in expressions.values() for name in _members(item, text) - set(expressions)
    }
    home |= {name: "level0" for name in step.kept if name not in expressions}
    home |= {name: f"level{number}" for number, names in enumerate(levels, 1) for name in names}

    def locate(name: str) -> str | None:
        return f"{home[name]}.{name}" if name in home else None

    body = "{" + ", ".join(f'"{name}": {locate(name)}' for name in step.kept) + "}"
    for number, names in reversed(list(enumerate(levels, 1))):
        entries = ", ".join(
            f'"{name}": dyn({replace_members(expressions[name], item, locate)})' for name in names
        )
        body = f"[{{{entries}}}].map(level{number}, {body})[0]"
    if step.over:
        return f"variables.{step.over}.map(level0, {body})"
    return f"{step.when} ? [{body}] : []"


def _with_facts(entry: ViewField, by_program: Mapping[str, str]) -> str:
    """Return the field's expression, with what each program's file in the catalogue says instead."""
    if not entry.by_program:
        return entry.expression
    own = "".join(f'it.program == "{program}" ? ({text}) : ' for program, text in sorted(by_program.items()))
    return f"{own}({entry.expression})"


def _levels(expressions: Mapping[str, str], item: str) -> list[list[str]]:
    """Return the names of the fields in groups, each of which needs only those before it."""
    needs = {name: _members(item, text) & set(expressions) for name, text in expressions.items()}
    levels: list[list[str]] = []
    done: set[str] = set()
    while len(done) < len(expressions):
        level = [name for name in expressions if name not in done and needs[name] <= done]
        if not level:
            left = ", ".join(sorted(set(expressions) - done))
            raise RuleError(str(_VIEWS), f"these fields need each other: {left}")
        levels.append(level)
        done |= set(level)
    return levels


_VIEWS: FilePath = FilePath("rules") / "views"
