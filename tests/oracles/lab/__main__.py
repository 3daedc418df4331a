"""`make lab`: the controls, then every scenario, several at a time; writes docs/evidence."""

from __future__ import annotations

import argparse
import datetime
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from fnmatch import fnmatch
from typing import Any

from tests.oracles.lab import evidence, isolate, programs
from tests.oracles.lab.processes import LabError
from tests.oracles.lab.scenario import Catalogue, Scenario, load
from tests.oracles.lab.tunnels.gluetun_replay import CAPTURE


def runnable(catalogue: Catalogue, scenarios: Iterable[Scenario]) -> list[Scenario]:
    """The scenarios whose programs and captures are there; says in a line which are not, and why."""
    lacking = programs.missing_for_tailscale()
    tailscale = f"no {', '.join(lacking)}" if lacking else ""
    replay = "" if CAPTURE.is_file() else f"no {CAPTURE}"
    kinds = {"gluetun-replay": replay, "tailscale": tailscale, "containerboot": tailscale}
    newer = f"no {folder}" if (folder := programs.missing_newer_clients()) else ""

    def reason(scenario: Scenario) -> str:
        kind = catalogue.tunnels[scenario.tunnel]["kind"]
        return kinds.get(kind) or (newer if "suite" in catalogue.clients[scenario.client] else "")

    wanted = sorted(set(scenarios))
    for why, number in Counter(filter(None, map(reason, wanted))).items():
        print(f"skipped: {number} scenarios: {why}", flush=True)
    return [scenario for scenario in wanted if not reason(scenario)]


def measure_all(catalogue: Catalogue, scenarios: list[Scenario], jobs: int) -> evidence.Results:
    """Measure them `jobs` at a time; one that breaks is tried once more, then said and left out."""
    results: evidence.Results = {}

    def attempt(scenario: Scenario) -> dict[str, Any]:
        try:
            return isolate.measure(catalogue, scenario)
        except LabError:
            return isolate.measure(catalogue, scenario)

    with ThreadPoolExecutor(jobs) as pool, ExitStack() as stack:
        stack.callback(pool.shutdown, cancel_futures=True)
        running = {pool.submit(attempt, scenario): scenario for scenario in scenarios}
        for number, future in enumerate(as_completed(running), 1):
            scenario = running[future]
            try:
                results[scenario] = future.result()
            except LabError as broken:
                print(f"broken: {broken}", flush=True)
                continue
            verdict = results[scenario]["verdict"]
            print(f"{number:3}/{len(running)} {verdict:7} {scenario}", flush=True)
    return results


def wrong_controls(catalogue: Catalogue, results: evidence.Results) -> list[str]:
    """A line for each control that is not as it must be."""
    return [
        f"control: {scenario} must be {wanted}, is {results.get(scenario, {}).get('verdict', 'broken')}"
        for scenario, wanted in catalogue.controls.items()
        if results.get(scenario, {}).get("verdict") != wanted
    ]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="lab", description=__doc__)
    parser.add_argument("--only", default="*", metavar="ID", help="evidence ids to measure, as a glob")
    parser.add_argument("--jobs", type=int, default=4, help="scenarios at a time (default: 4)")
    options = parser.parse_args(arguments)
    if lacking := programs.missing():
        print(f"lab: missing: {', '.join(lacking)}", file=sys.stderr)
        return 2
    # Those that run end by themselves and clean up; the rest don't begin.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    catalogue = load()
    began = time.monotonic()
    results = measure_all(catalogue, list(catalogue.controls), options.jobs)
    if wrong := wrong_controls(catalogue, results):
        print("\n".join(wrong), file=sys.stderr)
        return 2
    chosen = [
        scenario
        for identity, scenarios in catalogue.evidence.items()
        if fnmatch(identity, options.only)
        for scenario in scenarios
    ]
    scenarios = [item for item in runnable(catalogue, chosen) if item not in results]
    results |= measure_all(catalogue, scenarios, options.jobs)
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    written = evidence.write(catalogue, results, today)
    print(f"lab: {len(results)} scenarios in {time.monotonic() - began:.0f} s, {len(written)} files written")
    return int(not set(scenarios) <= set(results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
