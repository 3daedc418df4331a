"""scenarios.yaml as typed data: what is tried, and under which evidence it is kept."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

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
    """The whole file: how tunnels, defences and clients are made, the controls, and the scenarios of each evidence."""

    tunnels: dict[str, dict[str, Any]]
    defences: dict[str, dict[str, Any]]
    clients: dict[str, dict[str, str]]
    controls: dict[Scenario, str]
    short: list[Scenario]
    evidence: dict[str, list[Scenario]]


def expand(entry: dict[str, Any]) -> list[Scenario]:
    """Every combination of an entry's values, each a word or a list of words; a wrong key is a ValueError."""
    given = {"pod": "public", **entry}
    if set(given) != set(KEYS):
        raise ValueError(f"a scenario has the keys {', '.join(KEYS)}: {entry}")
    values = [given[key] if isinstance(given[key], list) else [given[key]] for key in KEYS]
    return [Scenario(*combination) for combination in itertools.product(*values)]


def expand_all(entries: list[dict[str, Any]]) -> list[Scenario]:
    """The scenarios of all entries; one that is there twice is a ValueError."""
    scenarios = [scenario for entry in entries for scenario in expand(entry)]
    twice = {str(scenario) for scenario in scenarios if scenarios.count(scenario) > 1}
    if twice:
        raise ValueError(f"declared twice: {', '.join(sorted(twice))}")
    return scenarios


def load(file: Path = FILE) -> Catalogue:
    """Read and expand the file; a short scenario that no evidence holds is a ValueError."""
    data = yaml.safe_load(file.read_text())
    evidence = {identity: expand_all(entries) for identity, entries in data["evidence"].items()}
    short = expand_all(data["short"])
    kept = {scenario for scenarios in evidence.values() for scenario in scenarios}
    if strangers := [str(scenario) for scenario in short if scenario not in kept]:
        raise ValueError(f"short, but in no evidence: {', '.join(strangers)}")
    return Catalogue(
        tunnels=data["tunnels"],
        defences=data["defences"],
        clients=data["clients"],
        controls={
            scenario: verdict
            for verdict, entries in data["controls"].items()
            for scenario in expand_all(entries)
        },
        short=short,
        evidence=evidence,
    )
