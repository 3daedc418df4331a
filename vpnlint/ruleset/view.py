"""A view (rules/views/): CEL that turns a Kubernetes object into the Pods that rules judge.

A view file is a list of steps. A step with an `expression` is a variable of that name. A step with `fields`
makes a map of them for each item. The fields are grouped in levels, which only use the fields of earlier
levels: a list of one item binds each level to a name, so that each field is evaluated once (the cluster's CEL
has no other way to name a value within an expression).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path as FilePath
from typing import NamedTuple

from vpnlint.errors import RuleError
from vpnlint.ruleset.cel_text import replace_members, split_cel
from vpnlint.ruleset.data_file import find_shipped_folder, read_data_file, require_key
from vpnlint.source.node import Node

# Field → program → the CEL in the program's catalogue file, which replaces the view's own expression.
Facts = Mapping[str, Mapping[str, str]]


class ViewField(NamedTuple):
    """A field of `it` or `pod`. expression is empty if the items of the step have the field already."""

    name: str
    type: str
    means: str
    expression: str
    is_internal: bool
    by_program: bool
    items: Mapping[str, str]


class ViewStep(NamedTuple):
    """A step: a variable if it has no fields.

    when is the condition under which a step about the Pod makes one. kept are the names of the fields in its
    maps: those for rules, and those that a later step needs. repeated is appended to the expression `times`
    times. apart: offline, it begins an expression of its own, as those before it and it are too deep for one.
    """

    name: str
    expression: str
    over: str
    when: str
    repeated: str
    times: int
    fields: tuple[ViewField, ...]
    apart: bool
    kept: tuple[str, ...] = ()


@cache
def read_view(name: str) -> tuple[ViewStep, ...]:
    """Return the steps of a shipped view. Raises RuleError where the file cannot be read."""
    root = read_data_file(find_shipped_folder() / "views" / f"{name}.yaml").root
    steps = [_read_step(node) for node in require_key(root, "steps").list]
    later: set[str] = set()
    needed: dict[str, set[str]] = {}
    for step in reversed(steps):
        needed[step.name] = set(later)
        later |= _list_names(step)
    fields_of: dict[str, dict[str, ViewField]] = {}
    for number, step in enumerate(steps):
        fields = {**fields_of.get(step.over, {}), **{entry.name: entry for entry in step.fields}}
        fields_of[step.name] = {
            key: entry for key, entry in fields.items() if not entry.is_internal or key in needed[step.name]
        }
        steps[number] = step._replace(kept=tuple(fields_of[step.name]))
    return tuple(steps)


def build_view_variables(
    steps: Sequence[ViewStep], facts: Facts, *, leveled: bool = False
) -> list[tuple[str, str]]:
    """Return the view's CEL variables as name and expression; each uses earlier ones as `variables.NAME`.

    leveled: each level of fields is a variable of its own (NAME_1, NAME_2, …), for a cluster: what cel-go
    needs to check an expression's types grows with the square of its size (cel-go v0.30.0,
    checker/mapping.go).
    """
    variables = []
    for step in steps:
        if step.fields and leveled:
            variables += _compose_levels(step, facts)
            continue
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
        name=require_key(node, "name").text,
        expression=text("expression"),
        over=text("over"),
        when=text("when"),
        repeated=text("step"),
        times=int(times.to_plain()) if times is not None else 0,
        fields=tuple(map(_read_field, fields.list)) if fields is not None else (),
        apart=node.is_true("apart"),
    )


def _read_field(node: Node) -> ViewField:
    internal, by_program = node.get("internal"), node.get("by_program")
    is_internal = internal is not None and internal.value is True
    expression, items = node.get("expression"), node.get("items")
    return ViewField(
        name=require_key(node, "name").text,
        type="" if is_internal else require_key(node, "type").text,
        means="" if is_internal else require_key(node, "means").text.strip(),
        expression=expression.text.strip() if expression is not None else "",
        is_internal=is_internal,
        by_program=by_program is not None and by_program.value is True,
        items=items.to_plain() if items is not None else {},
    )


def _list_names(step: ViewStep) -> set[str]:
    """Return every name in the step's CEL."""
    texts = (step.expression, step.when, *(entry.expression for entry in step.fields))
    return {token.text for text in texts for token in split_cel(text) if token.kind == "name"}


def list_members(base: str, text: str) -> set[str]:
    """Return every NAME for which the text holds `base.NAME`."""
    names: set[str] = set()
    replace_members(text, base, names.add)
    return names


def _compose(step: ViewStep, facts: Facts) -> str:
    """Return the step's fields as one expression."""
    levels, body = _place_fields(step, facts, "")
    for number, entries in reversed(list(enumerate(levels, 1))):
        body = f"[{entries}].map(level{number}, {body})[0]"
    if step.over:
        return f"variables.{step.over}.map(level0, {body})"
    return f"{step.when} ? [{body}] : []"


def _compose_levels(step: ViewStep, facts: Facts) -> list[tuple[str, str]]:
    """Return the step as variables, one for each level of its fields; the items of each carry all levels."""
    levels, body = _place_fields(step, facts, "made.")
    variables = []
    if step.over:
        source, carried = (
            f'variables.{step.over}.map(made, {{"level0": dyn(made)}})',
            ['"level0": made.level0'],
        )
    else:
        source, carried = f"({step.when} ? [{{}}] : [])", []
    for number, entries in enumerate(levels, 1):
        name = f"{step.name}_{number}"
        items = ", ".join([*carried, f'"level{number}": dyn({entries})'])
        variables.append((name, f"{source}.map(made, {{{items}}})"))
        source = f"variables.{name}"
        carried.append(f'"level{number}": made.level{number}')
    return [*variables, (step.name, f"{source}.map(made, {body})")]


def _place_fields(step: ViewStep, facts: Facts, base: str) -> tuple[list[str], str]:
    """Return a map literal for each level of the step's fields, and one for the item of the step.

    In these a level is called `level1`, `level2` and so on behind the base, and the item that the step takes
    its other fields from `level0`.
    """
    item = "it" if step.over else "pod"
    expressions = {
        entry.name: _compose_field(entry, facts.get(entry.name, {}))
        for entry in step.fields
        if entry.expression
    }
    levels = _group_levels(expressions, item)
    # Fields that this step does not make come from its items.
    used = {name for text in expressions.values() for name in list_members(item, text)}
    home = {name: "level0" for name in (*used, *step.kept) if name not in expressions}
    home |= {name: f"level{number}" for number, names in enumerate(levels, 1) for name in names}

    def locate(name: str) -> str | None:
        return f"{base}{home[name]}.{name}" if name in home else None

    def write(names: Sequence[str]) -> str:
        entries = (f'"{name}": dyn({replace_members(expressions[name], item, locate)})' for name in names)
        return "{" + ", ".join(entries) + "}"

    body = "{" + ", ".join(f'"{name}": {locate(name)}' for name in step.kept) + "}"
    return [write(names) for names in levels], body


def _compose_field(entry: ViewField, by_program: Mapping[str, str]) -> str:
    """Return the field's expression, preceded by those of the programs in the catalogue."""
    if not entry.by_program:
        return entry.expression
    own = "".join(f'it.program == "{program}" ? ({text}) : ' for program, text in sorted(by_program.items()))
    return f"{own}({entry.expression})"


def _group_levels(expressions: Mapping[str, str], item: str) -> list[list[str]]:
    """Return the names of the fields in groups; each group needs only earlier ones."""
    needs = {name: list_members(item, text) & set(expressions) for name, text in expressions.items()}
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
