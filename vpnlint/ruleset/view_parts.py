"""The variables of a view, joined into few CEL expressions.

The input of an expression is converted to CEL and its result back to Python, which takes longer than most
variables themselves. A chain of `[{…}].map(step, {…})` needs neither between the variables that it holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from vpnlint.ruleset.cel_text import replace_members

GIVEN = ("object", "catalog", "around")
_STEP = "step"


class Part(NamedTuple):
    """An expression for a map of variables, or for the only one that it makes.

    needs: those that it takes from the input and from earlier parts. makes: those in the map.
    """

    expression: str
    needs: tuple[str, ...]
    makes: tuple[str, ...]


def join_variables(variables: Sequence[tuple[str, str]], apart: Collection[str]) -> Iterator[Part]:
    """Yield the parts of a view, in order.

    variables: name and expression of each; it uses earlier ones as `variables.NAME`. apart: the names of
    those that begin a part, as cel-cpp parses no expression of more than 32 levels.
    """
    needs = {name: _list_needed(expression) for name, expression in variables}
    starts = [number for number, (name, _) in enumerate(variables) if number == 0 or name in apart]
    for start, end in zip(starts, (*starts[1:], len(variables)), strict=True):
        own, later = dict(variables[start:end]), [name for name, _ in variables[end:]]
        asked = {need for name in later for need in needs[name]}
        makes = tuple(name for name in own if name in asked or not later)
        needed = {need for name in own for need in needs[name] if need not in own}
        yield Part(_chain(own, needs, makes), tuple(sorted(needed)), makes)


def _list_needed(expression: str) -> tuple[str, ...]:
    needed: dict[str, None] = {}
    replace_members(expression, "variables", lambda name: needed.setdefault(name))
    return (*needed, "object")


def _chain(own: Mapping[str, str], needs: Mapping[str, Sequence[str]], makes: Sequence[str]) -> str:
    """Return an expression for a map of the variables in `makes`, or for the only one.

    Variables that do not need each other are made together, which keeps the chain short.
    """
    level_of: dict[str, int] = {}
    for name in own:
        level_of[name] = max((level_of[need] + 1 for need in needs[name] if need in level_of), default=0)
    texts = {
        name: replace_members(text, "variables", lambda need: _locate(need, own))
        for name, text in own.items()
    }
    last = max(level_of[name] for name in makes)
    levels = []
    for level in range(last + 1):
        asked = {need for name in own if level_of[name] > level for need in needs[name]}.union(makes)
        entries = [f'"{name}": dyn({texts[name]})' for name in own if level_of[name] == level]
        kept = [f'"{name}": {_STEP}.{name}' for name in own if level_of[name] < level and name in asked]
        levels.append(f"{{{', '.join(entries + kept)}}}")
    if len(makes) == 1:
        # The parser counts every bracket around it.
        levels[-1] = texts[makes[0]]
    if last == 0:
        return levels[0]
    return f"[{levels[0]}]{''.join(f'.map({_STEP}, {level})' for level in levels[1:])}[0]"


def _locate(name: str, own: Collection[str]) -> str:
    """Return how a variable is called within a part."""
    return f"{_STEP}.{name}" if name in own else name if name in GIVEN else f"v_{name}"
