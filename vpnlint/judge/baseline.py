"""The baseline: a committed file with the findings that existed when checking began."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import get_args

from vpnlint.config.configuration import BASELINE_FILE, Configuration, leaves_repository
from vpnlint.errors import ConfigError
from vpnlint.judge.known import KnownFindings, split_known
from vpnlint.results.finding import Answer, Finding, Suppressed
from vpnlint.results.result import Result
from vpnlint.source.small_file import read_small_file

_VERSION = 1
_LARGEST = 4 << 20
_REASON = "in the baseline"


def render_baseline(findings: Iterable[Finding]) -> str:
    """Return the text of a baseline with these findings, in an order that depends only on them."""
    counts = Counter((item.rule, item.workload, item.fingerprint, item.answer) for item in findings)
    entries = [
        {"rule": rule, "workload": workload, "answer": answer, "fingerprint": fingerprint, "count": count}
        for (rule, workload, fingerprint, answer), count in sorted(counts.items())
    ]
    # One entry per line, so that branches which fix different findings merge.
    lines = ",\n".join(f"    {json.dumps(entry)}" for entry in entries)
    listed = f"[\n{lines}\n  ]" if entries else "[]"
    return f'{{\n  "version": {_VERSION},\n  "findings": {listed}\n}}\n'


def read_baseline(file: Path) -> KnownFindings:
    """Return the findings in a baseline. Raises ConfigError if it is broken, with the line if known."""
    name = str(file)
    if leaves_repository(file):
        raise ConfigError(name, "is a link to a file outside the repository")
    try:
        data = read_small_file(name, _LARGEST)
        if data is None:
            raise ConfigError(name, f"cannot be read: it is no file, or larger than {_LARGEST >> 20} MiB")
        document = json.loads(data.decode("utf-8"))
    except json.JSONDecodeError as error:
        raise ConfigError(name, f"not valid JSON: {error.msg}", error.lineno, error.colno) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(name, f"cannot be read: {error}") from error
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        raise ConfigError(
            name, "not a baseline that this version reads; `vpnlint init --baseline` writes one"
        )
    entries = document.get("findings")
    counts: Counter[tuple[str, Answer]] = Counter()
    for number, entry in enumerate(entries if isinstance(entries, list) else [None]):
        if not _is_entry(entry):
            raise ConfigError(
                name, f"findings[{number}] is not a finding; `vpnlint init --baseline` writes a new file"
            )
        counts[(entry["fingerprint"], entry["answer"])] += entry["count"]
    return KnownFindings(counts)


def remove_baseline(result: Result, configuration: Configuration, paths: Sequence[str]) -> Result:
    """Return a run's result with the baseline's findings moved to the suppressed ones.

    paths: those of the run. The baseline must exist. Raises ConfigError if it is broken.
    """
    known = read_baseline(Path(os.path.relpath(configuration.folder / BASELINE_FILE)))
    new, old = split_known(result.findings, known)
    suppressed = [Suppressed(finding, _REASON, None, "baseline") for finding in old]
    return result._replace(
        findings=tuple(new),
        suppressed=(*result.suppressed, *suppressed),
        stale=known.count_left() if configuration.is_covered_by(paths) else 0,
    )


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and isinstance(entry.get("fingerprint"), str)
        and entry.get("answer") in get_args(Answer)
        and type(entry.get("count")) is int
        and entry["count"] > 0
    )
