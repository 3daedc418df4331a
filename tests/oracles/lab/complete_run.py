"""docs/evidence/complete-run.json: what the last run of all scenarios took, and where it differed."""

from __future__ import annotations

import datetime
import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.oracles.lab.evidence import FOLDER

FILE = FOLDER / "complete-run.json"


@dataclass(frozen=True)
class CompleteRun:
    """A run of everything on this many cores, so many runs at a time.

    `seconds` by the clock; `own_cpu` are seconds of a core that its programs took, `other_cpu` those of
    whatever else ran on the machine, `unlike` the scenarios that leaked, or did not leak, as never before,
    and `broken` those that came to no result.
    """

    date: str
    cores: int
    at_a_time: int
    scenarios: int
    runs: int
    seconds: int
    own_cpu: int
    other_cpu: int
    unlike: list[str]
    broken: list[str]


def read() -> CompleteRun | None:
    """The last one; None before the first."""
    return CompleteRun(**json.loads(FILE.read_text())) if FILE.is_file() else None


class Clock:
    """Started with a run, it makes its record at the end."""

    def __init__(self) -> None:
        self._began, self._busy = time.monotonic(), busy_seconds()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def write(
        self,
        *,
        at_a_time: int,
        scenarios: int,
        runs: int,
        own_cpu: float,
        unlike: list[str],
        broken: list[str],
    ) -> None:
        """Write the record of the run that now ends."""
        record = CompleteRun(
            date=datetime.datetime.now(datetime.UTC).date().isoformat(),
            cores=len(os.sched_getaffinity(0)),
            at_a_time=at_a_time,
            scenarios=scenarios,
            runs=runs,
            seconds=round(self.seconds),
            own_cpu=round(own_cpu),
            other_cpu=max(0, round(busy_seconds() - self._busy - own_cpu)),
            unlike=sorted(unlike),
            broken=sorted(broken),
        )
        FILE.write_text(json.dumps(asdict(record), indent=1) + "\n")


def busy_seconds() -> float:
    """The seconds of a core that the machine has worked for since it started (proc(5), /proc/stat)."""
    _, user, nice, system, _, _, interrupts, soft, *_ = Path("/proc/stat").read_text().split()
    return sum(map(int, (user, nice, system, interrupts, soft))) / os.sysconf("SC_CLK_TCK")
