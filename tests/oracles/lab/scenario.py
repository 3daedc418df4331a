"""scenarios.yaml as typed data: what is tried, and under which evidence it is kept."""

from __future__ import annotations

import fnmatch
import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from tests import libyaml
from tests.oracles.lab.events import LIFE

FILE = Path(__file__).with_name("scenarios.yaml")
KEYS = ("tunnel", "defence", "client", "event", "traffic", "pod")


@dataclass(frozen=True, order=True)
class Scenario:
    """One run: everything that decides what its packets do."""

    tunnel: str
    defence: str
    client: str
    event: str
    traffic: str
    pod: str = "public"

    def __str__(self) -> str:
        parts = (self.tunnel, self.defence, self.client, self.event, self.traffic)
        return " / ".join(parts) + (f" ({self.pod} address)" if self.pod != "public" else "")


@dataclass(frozen=True)
class Catalogue:
    """The whole file: recipes of tunnels, defences and clients, controls, and each evidence's scenarios."""

    tunnels: dict[str, dict[str, Any]]
    defences: dict[str, dict[str, Any]]
    clients: dict[str, dict[str, Any]]
    controls: dict[Scenario, str]
    short: list[Scenario]
    evidence: dict[str, list[Scenario]]

    def runs(self, scenarios: Iterable[Scenario]) -> list[tuple[Scenario, ...]]:
        """The same scenarios as they are run: events of a client that remembers nothing share a run."""
        found: dict[Scenario, list[Scenario]] = {}
        for scenario in scenarios:
            shared = self.clients[scenario.client].get("shares") and scenario.event in LIFE
            found.setdefault(replace(scenario, event="") if shared else scenario, []).append(scenario)
        return [tuple(group) for group in found.values()]


def expand(entry: dict[str, Any], tunnels: Iterable[str]) -> list[Scenario]:
    """Every combination of an entry's values, each a word or a list of words; a wrong key is a ValueError.

    A tunnel may be a glob over the names of tunnels.
    """
    given = {"pod": "public", **entry}
    if set(given) != set(KEYS):
        raise ValueError(f"a scenario has the keys {', '.join(KEYS)}: {entry}")
    if "*" in given["tunnel"]:
        given["tunnel"] = fnmatch.filter(tunnels, given["tunnel"])
    values = [listed(given[key]) for key in KEYS]
    return [Scenario(*combination) for combination in itertools.product(*values)]


def listed(value: object) -> list[Any]:
    """A list as it is, and anything else as the only one of a list."""
    return value if isinstance(value, list) else [value]


def expand_tunnels(recipes: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Recipes by name; a name with `{option}` stands for one recipe for each of that option's values."""
    found = {}
    for name, recipe in recipes.items():
        options = [option for option in recipe if f"{{{option}}}" in name]
        for values in itertools.product(*(listed(recipe[option]) for option in options)):
            chosen = dict(zip(options, values, strict=True))
            found[name.format(**chosen)] = {**recipe, **chosen}
    return found


def expand_all(entries: list[dict[str, Any]], tunnels: Iterable[str]) -> list[Scenario]:
    """The scenarios of all entries; one that is there twice is a ValueError."""
    scenarios = [scenario for entry in entries for scenario in expand(entry, tunnels)]
    twice = {str(scenario) for scenario, times in Counter(scenarios).items() if times > 1}
    if twice:
        raise ValueError(f"declared twice: {', '.join(sorted(twice))}")
    return scenarios


@cache
def load(file: Path = FILE) -> Catalogue:
    """Read and expand the file; a short scenario that no evidence holds is a ValueError."""
    data = libyaml.load(file.read_text())
    tunnels = expand_tunnels(data["tunnels"])
    evidence = {identity: expand_all(entries, tunnels) for identity, entries in data["evidence"].items()}
    short = expand_all(data["short"], tunnels)
    kept = {scenario for scenarios in evidence.values() for scenario in scenarios}
    if strangers := [str(scenario) for scenario in short if scenario not in kept]:
        raise ValueError(f"short, but in no evidence: {', '.join(strangers)}")
    return Catalogue(
        tunnels=tunnels,
        defences=data["defences"],
        clients=data["clients"],
        controls={
            scenario: verdict
            for verdict, entries in data["controls"].items()
            for scenario in expand_all(entries, tunnels)
        },
        short=short,
        evidence=evidence,
    )
