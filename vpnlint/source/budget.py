"""Limits how much a run produces from its input, so that a short input cannot cost hours or gigabytes.

The size of the files bounds what a run reads, but not what it *produces*: overlays of overlays, copies,
loops, substituted text. A run has one Budget (`Tree.budget`). Work that the input can multiply takes a part
of the budget for each independent unit, such as the build of a folder, a ResourceSet or a chart, and pays
before it produces anything:

    part = tree.budget.allot_part()
    part.spend(node, objects=1, steps=10)   # raises InputError at the node's place

The owner of the part handles this InputError like any other: it becomes one line at its place, the output of
the part is left out, and everything else is judged. A step takes about five microseconds.
"""

from __future__ import annotations

from typing import NamedTuple

from vpnlint.errors import InputError
from vpnlint.source.compose import MAX_DEPTH, MAX_NODES
from vpnlint.source.node import Node


class Limits(NamedTuple):
    """The maximum numbers of objects, nodes, characters and steps."""

    objects: int
    nodes: int
    text: int
    steps: int


# The largest kustomization of 12 live repositories produces 706 objects in 33,040 steps.
_PART = Limits(objects=10_000, nodes=300_000, text=16 << 20, steps=200_000)
# Together all parts may use three times the limits, and the limits once more for so many bytes of the
# repository; after that, each new part gets a twentieth of them until those have used as much again.
_PARTS = 3
_REST = 20
_BYTES = 1 << 20


class Budget:
    """The amounts that may still be spent, one for each of the Limits."""

    def __init__(self, limits: Limits = _PART, whole: Budget | None = None) -> None:
        """Start with these limits. whole: the budget that this one is a part of (None: this is a run's)."""
        self._left = [*limits] if whole is not None else [limit * _PARTS for limit in limits]
        self._whole = whole
        self._part = limits

    def widen(self, size: int) -> None:
        """Make the budget of a run as large as the size of its repository (in bytes) asks for."""
        self._left = [
            left + limit * size // _BYTES for left, limit in zip(self._left, self._part, strict=True)
        ]

    def allot_part(self) -> Budget:
        """Return a budget for one unit of work; a small one if earlier units have used up the run's."""
        whole = self if self._whole is None else self._whole
        left = whole._left
        if min(left) >= 0:
            return Budget(self._part, whole)
        is_spent = any(own < -limit * _PARTS for own, limit in zip(left, self._part, strict=True))
        return Budget(Limits(*(0 if is_spent else limit // _REST for limit in self._part)), whole)

    def spend(self, place: Node, *, objects: int = 0, nodes: int = 0, text: int = 0, steps: int = 0) -> None:
        """Pay for what is about to be produced. Raises InputError at the place if the budget is exceeded."""
        amounts = (objects, nodes, text, steps)
        for index, amount in enumerate(amounts):
            self._left[index] -= amount
            if self._whole is not None:
                self._whole._left[index] -= amount
        if self._whole is not None and min(self._left) < 0:
            short = next(name for name, left in zip(Limits._fields, self._left, strict=True) if left < 0)
            message = f"produces more {short} than any real repository does, so it is left out"
            raise InputError(place.file, message, *place.span[1:3])


def measure_object(root: Node, place: Node, depth: int = 0) -> int:
    """Return the number of nodes in a value that is `depth` levels deep in an object.

    Raises InputError at the place if there are more nodes or levels than a document may have. Counting stops
    there, so a value that shares its parts many times takes no longer.
    """
    count = 0
    stack = [(root, depth + 1)]
    while stack:
        node, depth = stack.pop()
        count += 1
        if count > MAX_NODES or depth > MAX_DEPTH:
            message = f"produces an object of more than {MAX_NODES:,} values or {MAX_DEPTH} levels"
            raise place.error(f"{message}, which the API server does not accept")
        children = node.value
        if isinstance(children, dict):
            stack += [(child, depth + 1) for child in children.values()]
        elif isinstance(children, list):
            stack += [(child, depth + 1) for child in children]
    return count
