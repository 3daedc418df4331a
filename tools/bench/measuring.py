"""Runs programs in turns, and says what each took of the processor and of memory."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

PROGRAMS = Path(sys.executable).parent
CLEAN_OR_FINDINGS = (0, 1)


class Bench(NamedTuple):
    """A program to time: its name in the table, the command, and the exit codes that mean it did its work.

    warm: one run before those that count, for what it keeps on the disk.
    """

    name: str
    command: Sequence[str]
    codes: Sequence[int] = CLEAN_OR_FINDINGS
    warm: bool = True


class Row(NamedTuple):
    """What was measured of one program: CPU seconds (median, least, most) and peak memory in megabytes."""

    name: str
    median: float
    least: float
    most: float
    memory: float


class Target(NamedTuple):
    """What a number should be, and what was measured."""

    name: str
    target: str
    measured: str
    is_met: bool


def measure(benches: Sequence[Bench], rounds: int) -> list[Row]:
    """Return a row for each program; they take turns. Raises SystemExit where one fails."""
    for bench in benches:
        if bench.warm:
            _run(bench)
    runs: list[list[tuple[float, float]]] = [[] for _ in benches]
    for _ in range(rounds):
        for bench, kept in zip(benches, runs, strict=True):
            kept.append(_run(bench))
    return [_row(bench.name, kept) for bench, kept in zip(benches, runs, strict=True)]


def _run(bench: Bench) -> tuple[float, float]:
    process = subprocess.Popen(bench.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = usage.ru_utime + usage.ru_stime
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in bench.codes:
        raise SystemExit(f"bench: {bench.name} ended with {process.returncode}: {' '.join(bench.command)}")
    return seconds, usage.ru_maxrss / 1024


def _row(name: str, runs: Sequence[tuple[float, float]]) -> Row:
    seconds = [second for second, _ in runs]
    return Row(
        name, statistics.median(seconds), min(seconds), max(seconds), max(memory for _, memory in runs)
    )


def write_table(rows: Sequence[Row], first: str = "vpnlint") -> Iterator[str]:
    """Yield a Markdown table of rows, each compared with the first, which is called so."""
    yield f"| program | median | fastest to slowest | {first} = 1 | peak memory |"
    yield "|---|--:|--:|--:|--:|"
    for row in rows:
        ratio = row.median / rows[0].median
        span = f"{row.least:.3f} to {row.most:.3f} s"
        yield f"| {row.name} | {row.median:.3f} s | {span} | {ratio:.2f} | {describe_memory(row)} |"


def describe_memory(row: Row) -> str:
    """Return the peak memory; below what this process had when it forked, the kernel knows nothing."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{row.memory:.0f} MB" if row.memory > own + 1 else f"at most {own:.0f} MB"


def vpnlint(*arguments: Path | str) -> Bench:
    """Return `vpnlint check` with these arguments."""
    # Exit code 2 says that files of the corpus can't be read, which is so for every program here.
    return Bench("`vpnlint check`", [str(PROGRAMS / "vpnlint"), "check", *map(str, arguments)], (0, 1, 2))


def yamllint(folder: Path) -> Bench:
    """Return yamllint of a folder."""
    return Bench("`yamllint`", [str(PROGRAMS / "yamllint"), str(folder)], warm=False)


def python() -> Bench:
    """Return the import of the YAML parser alone, which no linter in Python can do without."""
    return Bench('`python -c "import yaml"`', [sys.executable, "-c", "import yaml"], (0,))


def yaml_files(folder: Path) -> Iterator[Path]:
    """Yield the YAML files below a folder."""
    return (path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
