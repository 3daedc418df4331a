"""How much a run may make of its input, so that a short input cannot cost hours or gigabytes.

What is read is bounded by the size of the files; what is *made* of it (overlays of overlays, copies, loops,
substituted text) is not. A run has one Budget (`Tree.budget`). Work that the input can multiply takes a part
of it for each place that stands by itself, such as the build of one folder, one ResourceSet or one chart, and
pays before it makes anything:

    part = tree.budget.allot_part()
    part.spend(node, objects=1, steps=10)   # raises InputError at the node's place

Whoever took the part catches the InputError as any other: it becomes one line at its place, what the part
made is left out, and everything else is judged. A step is what takes about five microseconds.
"""

from __future__ import annotations

from typing import NamedTuple

from vpnlint.errors import InputError
from vpnlint.source.compose import MAX_DEPTH, MAX_NODES
from vpnlint.source.node import Node


class Limits(NamedTuple):
    """The most objects, nodes, characters and steps."""

    objects: int
    nodes: int
    text: int
    steps: int


# The largest kustomization of 12 live repositories makes 706 objects in 33,040 steps.
_PART = Limits(objects=10_000, nodes=300_000, text=16 << 20, steps=200_000)
# What all parts may use together before each of the rest gets a twentieth.
_PARTS = 10
_REST = 20


class Budget:
    """What is left to be spent, of each of the Limits."""

    def __init__(self, limits: Limits = _PART, whole: Budget | None = None) -> None:
        """Take the limits, and the budget that this one is a part of (None: it is a run's own)."""
        self._left = [*limits] if whole is not None else [limit * _PARTS for limit in limits]
        self._whole = whole
        self._part = limits

    def allot_part(self) -> Budget:
        """Return the budget of one piece of work; a small one where earlier pieces used the run's up."""
        whole = self if self._whole is None else self._whole
        used_up = min(whole._left) < 0
        return Budget(Limits(*(limit // _REST for limit in self._part)) if used_up else self._part, whole)

    def spend(self, place: Node, *, objects: int = 0, nodes: int = 0, text: int = 0, steps: int = 0) -> None:
        """Pay for what is about to be made. Raises InputError at the place where less is left."""
        wanted = (objects, nodes, text, steps)
        for index, amount in enumerate(wanted):
            self._left[index] -= amount
            if self._whole is not None:
                self._whole._left[index] -= amount
        if self._whole is not None and min(self._left) < 0:
            short = next(name for name, left in zip(Limits._fields, self._left, strict=True) if left < 0)
            message = f"makes more {short} than any real repository does; this is left out"
            raise InputError(place.file, message, *place.span[1:3])


def measure_object(made: Node, place: Node, depth: int = 0) -> int:
    """Return how many nodes a value that stands `depth` levels deep in an object has.

    Raises InputError at the place where it has more nodes or levels than a document may have. Counting stops
    there, so that a value whose parts are shared many times over takes no longer.
    """
    count = 0
    stack = [(made, depth + 1)]
    while stack:
        node, depth = stack.pop()
        count += 1
        if count > MAX_NODES or depth > MAX_DEPTH:
            message = f"makes an object of more than {MAX_NODES:,} values or {MAX_DEPTH} levels"
            raise InputError(place.file, f"{message}; the API server takes none so large", *place.span[1:3])
        children = node.value
        if isinstance(children, dict):
            stack += [(child, depth + 1) for child in children.values()]
        elif isinstance(children, list):
            stack += [(child, depth + 1) for child in children]
    return count
