"""docs/evidence/<id>.json: what the lab measured, written and read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.checkout import ROOT
from tests.oracles.lab.scenario import KEYS, Catalogue, Scenario

FOLDER = ROOT / "docs/evidence"

# What a cell holds of a result; seconds, which its last run took, since 28 November 2026.
RESULT = ("date", "verdict", "runs", "phases", "seconds")

Results = dict[Scenario, dict[str, Any]]


def path(identity: str) -> Path:
    """The file of an evidence's id, such as lab/wireguard-none."""
    return FOLDER / f"{identity}.json"


def write(catalogue: Catalogue, results: Results, identities: Iterable[str]) -> list[Path]:
    """Write the files of these identities whose scenarios were all measured; returns them.

    A cell keeps the day it was measured, and the file the programs of each day.
    """
    written = []
    for identity in identities:
        scenarios = catalogue.evidence[identity]
        if not all(scenario in results for scenario in scenarios):
            continue
        programs: dict[str, dict[str, str]] = {}
        for scenario in scenarios:
            result = results[scenario]
            programs.setdefault(result["date"], {}).update(result["programs"])
        document = {
            "id": identity,
            "programs": programs,
            "cells": [cell(catalogue, scenario, results[scenario]) for scenario in scenarios],
        }
        file = path(identity)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
        written.append(file)
    return written


def settings(catalogue: Catalogue, scenario: Scenario) -> dict[str, Any]:
    """What the scenario's tunnel and defences literally are.

    A KeyError for a part that is no longer declared.
    """
    parts = {}
    for name in scenario.defence.split("+"):
        part = dict(catalogue.defences[name])
        if clients := part.pop("clients", None):
            part["client"] = clients[catalogue.clients[scenario.client]["program"]]
        parts[name] = part
    return {"tunnel": catalogue.tunnels[scenario.tunnel], "defence": parts}


def cell(catalogue: Catalogue, scenario: Scenario, result: dict[str, Any]) -> dict[str, Any]:
    """One scenario with its literal settings and what came of it."""
    return {
        **{key: getattr(scenario, key) for key in KEYS},
        "settings": settings(catalogue, scenario),
        **{key: result[key] for key in RESULT if key in result},
    }


def read() -> dict[str, dict[str, Any]]:
    """Every evidence that is there, by its id."""
    files = sorted(FOLDER.glob("*/*.json"))
    return {document["id"]: document for document in map(load, files)}


def load(file: Path) -> dict[str, Any]:
    """One file."""
    document: dict[str, Any] = json.loads(file.read_text())
    return document


def cells() -> dict[Scenario, dict[str, Any]]:
    """Scenario → its cell, over all evidence that is there."""
    return {
        Scenario(*(entry[key] for key in KEYS)): entry
        for document in read().values()
        for entry in document["cells"]
    }


def measured() -> dict[Scenario, str]:
    """Scenario → verdict, over all evidence that is there."""
    return {scenario: entry["verdict"] for scenario, entry in cells().items()}
