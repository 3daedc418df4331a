"""Every hostile value in every place, some side by side in a repository of their own."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from tests.fuzz.cases import POD, Files, Place, places, values
from tests.fuzz.verdict import COMMANDS, broken

AT_ONCE = 25
Pair = tuple[Place, str]


def pairs(one_in: int = 1) -> list[Pair]:
    """Return pairs of a place and a value, one in so many, of each place and each value some."""
    return [
        (place, value)
        for number, place in enumerate(places())
        for other, value in enumerate(values())
        if (number + other) % one_in == 0
    ]


def lay_side_by_side(some: Sequence[Pair]) -> Files:
    """Return a repository that holds each of these pairs in a folder of its own."""
    files: Files = {}
    for number, (place, value) in enumerate(some):
        files[f"f{number}/{place.file}"] = place.put(value)
        if place.file == "kustomization.yaml":
            files[f"f{number}/pod.yaml"] = POD
    return files


def broken_pairs(some: Sequence[Pair], commands: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield what does not hold of these pairs, each of the fewest of them that show it."""
    found = broken(lay_side_by_side(some), commands)
    if not found:
        return
    half = len(some) // 2
    below = [
        complaint
        for part in (some[:half], some[half:])
        if 0 < len(part) < len(some)
        for complaint in broken_pairs(part, commands)
    ]
    if below:
        yield from below
    else:
        for complaint in found:
            yield f"{[(place.file, place.start, value[:80]) for place, value in some]}: {complaint}"


def try_all_pairs(first: int) -> int:
    """Try every pair from a number on with `check` and with another of the commands: an hour of one processor
    for all of them.

    Prints how far it came and what does not hold, and returns in how many cases.
    """
    every = pairs()
    wrong = 0
    for start in range(first, len(every), AT_ONCE):
        commands = (COMMANDS[0], COMMANDS[1 + start // AT_ONCE % (len(COMMANDS) - 1)])
        for complaint in broken_pairs(every[start : start + AT_ONCE], commands):
            wrong += 1
            print(complaint, flush=True)
        print(f"\rfuzz: {start + AT_ONCE:,} of {len(every):,}", end="", file=sys.stderr, flush=True)
    print(f"\nfuzz: pairs {first:,} to {len(every):,} of a value and a place, and {wrong} complaints")
    return wrong
