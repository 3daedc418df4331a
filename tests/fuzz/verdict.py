"""What must hold of every run over whatever input."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.fuzz.cases import CANARY, GOOD, Content, lay_out
from tests.fuzz.sandbox import MEMORY, SECONDS, Outcome, run

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("check", "--verbose", "--doubts", "."),
    ("check", "--format", "github", "."),
    ("check", "--format", "json", "."),
    ("matrix", "."),
    ("render", "."),
    ("render", "--objects", "."),
    ("fix", "--unsafe", "--diff", "."),
    *(("check", "--format", name, ".") for name in ("sarif", "gitlab", "junit", "markdown", "html", "line")),
    *(("matrix", "--format", name, ".") for name in ("json", "markdown", "html")),
    ("explain", f"{GOOD}:9"),
)
# A line that a GitHub runner takes for a command, a terminal's escape, and what a person must not read as
# something else.
_COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)
_OWN_COMMAND = re.compile(
    r"^::(?:error|warning|notice) (?:file|title)=[^:]*::|^::group::|^::endgroup::$", re.MULTILINE
)
# How much of one kind is enough to look into it.
_FEW = 3
_ESCAPE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def broken(
    files: Mapping[str, Content],
    commands: Sequence[Sequence[str]] = COMMANDS[:1],
    *,
    spares_the_rest: bool = True,
    speaks_of: str = "",
) -> list[str]:
    """Return what did not hold while vpnlint ran these commands on the files; nothing if all did.

    spares_the_rest: the good file must be judged all the same. A broken rule or configuration ends a run.
    speaks_of: what the output must hold.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / "repository"
        folder.mkdir()
        lay_out(files, folder)
        found = []
        for command in commands:
            outcome = run(command, folder)
            complaints = [*_complaints(command, outcome)]
            asks = spares_the_rest and command[0] == "check" and outcome.code in (0, 1, 2)
            if asks and GOOD not in outcome.output and not _is_good_file_judged(command, folder):
                complaints.append(f"nothing about the good file: {outcome.output[:300]!r}")
            if speaks_of not in outcome.output:
                complaints.append(f"not a word about {speaks_of}: {outcome.output[:300]!r}")
            found += [f"{' '.join(command)}: {complaint}" for complaint in complaints]
        return found


def _is_good_file_judged(command: Sequence[str], folder: Path) -> bool:
    """Tell whether the good file is among what was judged: an input may hold a gateway for all Pods, and then
    there is nothing to say of any."""
    output = run((*command, "--format", "json"), folder).output
    # What cannot be read is said around the report.
    start = max(0, output.find('{\n  "version"'))
    try:
        report, _ = json.JSONDecoder().raw_decode(output, start)
    except ValueError:
        return False
    return any(workload["file"] == GOOD for workload in report["workloads"])


def _complaints(command: Sequence[str], outcome: Outcome) -> Iterator[str]:
    if outcome.code < 0:
        yield f"ended by signal {-outcome.code}: more than {SECONDS} s"
    elif outcome.code not in (0, 1, 2):
        yield f"exit code {outcome.code}: {outcome.output[-300:]!r}"
    if "Traceback" in outcome.output:
        yield f"a traceback: {outcome.output[-600:]}"
    if "MemoryError" in outcome.output:
        yield f"more than {MEMORY >> 20} MB"
    if CANARY in outcome.output:
        line = next(line for line in outcome.output.splitlines() if CANARY in line)
        yield f"a secret is printed: {line!r}"
    output = _OWN_COMMAND.sub("", outcome.output) if "github" in command else outcome.output
    for pattern in (_COMMAND, _ESCAPE):
        if found := pattern.search(output):
            yield f"printed as it stands: {output[max(0, found.start() - 40) : found.end() + 20]!r}"
    yield from outcome.forbidden[:_FEW]
