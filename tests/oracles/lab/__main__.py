"""`make lab`: the controls, then every scenario that was not measured yet, several at a time.

Writes docs/evidence.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from fnmatch import fnmatch
from pathlib import Path

from tests.oracles.lab import evidence, isolate, programs
from tests.oracles.lab.complete_run import Clock
from tests.oracles.lab.kept import Kept, default_file
from tests.oracles.lab.processes import LabError
from tests.oracles.lab.scenario import Catalogue, Scenario, load
from tests.oracles.lab.tunnels import gluetun_captured, gluetun_replay
from tests.oracles.lab.verdict import LEAK

# What a run with Tailscale and Headscale takes at most
MEMORY_OF_A_RUN = 500 * 1024
SAMPLES = 10
RUNS_OF_A_CORE = 12


def runnable(catalogue: Catalogue, scenarios: Iterable[Scenario]) -> list[Scenario]:
    """The scenarios whose programs and captures are there; says in a line which are not, and why."""
    lacking = programs.missing_for_tailscale()
    tailscale = f"no {', '.join(lacking)}" if lacking else ""
    captures = {"gluetun-replay": gluetun_replay.CAPTURE, "gluetun-captured": gluetun_captured.RULES}
    kinds = {kind: f"no {file}" for kind, file in captures.items() if not file.is_file()}
    kinds |= dict.fromkeys(("tailscale", "containerboot"), tailscale)
    newer = f"no {folder}" if (folder := programs.missing_newer_clients()) else ""

    def reason(scenario: Scenario) -> str:
        kind = catalogue.tunnels[scenario.tunnel]["kind"]
        return kinds.get(kind) or (newer if "suite" in catalogue.clients[scenario.client] else "")

    wanted = sorted(set(scenarios))
    for why, number in Counter(filter(None, map(reason, wanted))).items():
        print(f"skipped: {number} scenarios: {why}", flush=True)
    return [scenario for scenario in wanted if not reason(scenario)]


def measure_all(catalogue: Catalogue, scenarios: list[Scenario], jobs: int, kept: Kept) -> evidence.Results:
    """Measure them `jobs` runs at a time, and keep each.

    One that breaks is tried once more, then said and left out.
    """
    results: evidence.Results = {}

    def attempt(run: tuple[Scenario, ...]) -> evidence.Results:
        try:
            return isolate.measure_run(catalogue, run)
        except LabError:
            return isolate.measure_run(catalogue, run)

    with ThreadPoolExecutor(jobs) as pool, ExitStack() as stack:
        stack.callback(pool.shutdown, cancel_futures=True)
        running = [pool.submit(attempt, run) for run in catalogue.runs(scenarios)]
        for future in as_completed(running):
            try:
                measured = future.result()
            except LabError as broken:
                print(f"broken: {broken}", flush=True)
                continue
            for scenario, result in measured.items():
                results[scenario] = kept.add(scenario, result)
                print(f"{len(results):4}/{len(scenarios)} {result['verdict']:7} {scenario}", flush=True)
    return results


def wrong_controls(catalogue: Catalogue, results: evidence.Results) -> list[str]:
    """A line for each control that is not as it must be."""
    return [
        f"control: {scenario} must be {wanted}, is {results.get(scenario, {}).get('verdict', 'broken')}"
        for scenario, wanted in catalogue.controls.items()
        if results.get(scenario, {}).get("verdict") != wanted
    ]


def contradictions(results: evidence.Results) -> dict[Scenario, str]:
    """A line for each scenario that leaked, or did not leak, as in no run of docs/evidence."""
    told = evidence.cells()
    return {
        scenario: f"{scenario}: {result['last']}, but docs/evidence says {told[scenario]['verdict']}"
        for scenario, result in results.items()
        if scenario in told
        and all((result["last"] == LEAK) != (verdict == LEAK) for verdict in told[scenario]["runs"])
    }


def sample(catalogue: Catalogue, scenarios: list[Scenario], number: int) -> list[Scenario]:
    """The scenarios of one run in ten; ten numbers that follow each other cover all."""
    return [scenario for run in catalogue.runs(scenarios)[number % SAMPLES :: SAMPLES] for scenario in run]


def default_jobs() -> int:
    """As many runs at a time as memory has room for, at most twelve for each core.

    A run takes a second of a core on average, and waits for twenty.
    """
    available = re.search(r"MemAvailable:\s+(\d+)", Path("/proc/meminfo").read_text())
    room = int(available[1]) // MEMORY_OF_A_RUN if available else 1
    return max(1, min(room, RUNS_OF_A_CORE * len(os.sched_getaffinity(0))))


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab", description=__doc__)
    parser.add_argument("--only", default="*", metavar="ID", help="evidence ids to measure, as a glob")
    parser.add_argument(
        "--jobs", type=int, default=default_jobs(), help="runs at a time (default: what memory allows)"
    )
    parser.add_argument("--fresh", action="store_true", help="measure what was measured before, too")
    parser.add_argument(
        "--sample",
        type=int,
        metavar="N",
        help="measure the Nth tenth of all scenarios anew, compare it with docs/evidence and write nothing",
    )
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    if lacking := programs.missing():
        print(f"lab: missing: {', '.join(lacking)}", file=sys.stderr)
        return 2
    # Those that run end by themselves and clean up; the rest don't begin.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    catalogue = load()
    kept = Kept(catalogue, default_file())
    clock = Clock()
    results = measure_all(catalogue, list(catalogue.controls), options.jobs, kept)
    if wrong := wrong_controls(catalogue, results):
        print("\n".join(wrong), file=sys.stderr)
        return 2
    identities = [identity for identity in catalogue.evidence if fnmatch(identity, options.only)]
    chosen = runnable(catalogue, (item for identity in identities for item in catalogue.evidence[identity]))
    if options.sample is not None:
        chosen = sample(catalogue, chosen, options.sample)
    elif not options.fresh:
        results |= {item: found for item in chosen if item not in results and (found := kept.find(item))}
    scenarios = [item for item in chosen if item not in results]
    if len(chosen) > len(scenarios):
        print(f"{len(chosen) - len(scenarios)} of {len(chosen)} scenarios were measured before", flush=True)
    measured = measure_all(catalogue, scenarios, options.jobs, kept)
    # Who comes first is a race in some: what contradicts once is asked again.
    again = measure_all(catalogue, list(contradictions(measured)), options.jobs, kept)
    unlike = contradictions(again)
    print("".join(f"{line}\n" for line in unlike.values()), end="")
    took = f"{len(measured)} scenarios in {clock.seconds:.0f} s, {len(unlike)} unlike docs/evidence"
    if options.sample is not None:
        print(f"lab: {took}")
        return int(bool(unlike) or len(measured) < len(scenarios))
    results |= measured | again
    if options.fresh and set(chosen) >= {item for items in catalogue.evidence.values() for item in items}:
        clock.write(
            at_a_time=options.jobs,
            scenarios=len(results),
            runs=len(catalogue.runs(results)),
            own_cpu=sum(result["cpu"] for result in results.values()),
            unlike=[str(scenario) for scenario in unlike],
            broken=[str(scenario) for scenario in chosen if scenario not in results],
        )
    written = evidence.write(catalogue, results, identities)
    print(f"lab: {took}, {len(written)} files written")
    return int(not set(chosen) <= set(results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
