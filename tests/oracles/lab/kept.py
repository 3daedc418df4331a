"""What earlier runs measured, in docs/evidence and in the cache, so that `make lab` goes on where it stopped.

A result counts only while the recipes of its scenario are what they were, and one in the cache while its
programs are, too.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections import Counter
from pathlib import Path
from threading import Lock
from typing import Any

from tests.oracles.lab import evidence
from tests.oracles.lab.programs import versions
from tests.oracles.lab.scenario import KEYS, Catalogue, Scenario
from tests.oracles.lab.verdict import LEAK


def default_file() -> Path:
    """measured.jsonl in vpnlint's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("VPNLINT_CACHE") or Path(home) / "vpnlint") / "lab/measured.jsonl"


class Kept:
    """The file, read once; `add` appends to it."""

    def __init__(self, catalogue: Catalogue, file: Path) -> None:
        self.catalogue, self.file = catalogue, file
        self._lock = Lock()
        self._results: dict[str, dict[str, Any]] = {}
        self._evidence = self._in_evidence()
        if file.is_file():
            for line in file.read_text().splitlines():
                record = json.loads(line)
                self._results[record["key"]] = record["result"]

    def key(self, scenario: Scenario) -> str:
        """A digest of everything that is written down about the scenario."""
        catalogue = self.catalogue
        tunnel, client = catalogue.tunnels[scenario.tunnel], catalogue.clients[scenario.client]
        defences = [catalogue.defences[part] for part in scenario.defence.split("+")]
        written = [str(scenario), tunnel, client, defences, versions(client, tunnel["kind"])]
        return hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()

    def find(self, scenario: Scenario) -> dict[str, Any] | None:
        """The last result that still counts."""
        return self._results.get(self.key(scenario)) or self._evidence.get(scenario)

    def _in_evidence(self) -> dict[Scenario, dict[str, Any]]:
        """The results in docs/evidence whose recipes are those of today."""
        found = {}
        for document in evidence.read().values():
            for cell in document["cells"]:
                scenario = Scenario(*(cell[key] for key in KEYS))
                if scenario.tunnel in self.catalogue.tunnels and cell["settings"] == evidence.settings(
                    self.catalogue, scenario
                ):
                    result = {key: cell[key] for key in evidence.RESULT if key in cell}
                    day: str = cell["date"]
                    found[scenario] = {**result, "programs": document["programs"][day]}
        return found

    def add(self, scenario: Scenario, result: dict[str, Any]) -> dict[str, Any]:
        """Keep a result for the next run.

        Returns it with its day, the programs that ran, and how often it came out how. Of results that leaked
        and results that did not the last that leaked counts; `last` is how this one came out.
        """
        before = self.find(scenario) or {}
        runs = Counter(before.get("runs", {}))
        runs[result["verdict"]] += 1
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        kind = self.catalogue.tunnels[scenario.tunnel]["kind"]
        programs = versions(self.catalogue.clients[scenario.client], kind)
        whole = {**result, "date": today, "programs": programs}
        # What leaked once can leak, whether a later run meets the moment or not.
        if before.get("verdict") == LEAK != result["verdict"]:
            whole = {**before, "seconds": result["seconds"], "cpu": result["cpu"]}
        whole |= {"runs": dict(runs), "last": result["verdict"]}
        key = self.key(scenario)
        record = {"key": key, "scenario": str(scenario), "result": whole}
        with self._lock:
            self._results[key] = whole
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self.file.open("a") as written:
                written.write(json.dumps(record) + "\n")
        return whole
