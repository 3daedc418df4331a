"""`vpnlint init`: summarizes a repository and writes its first configuration or its baseline."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from vpnlint.admission.yaml_text import dump_document
from vpnlint.commands.judging import judge_paths, load_settings
from vpnlint.config.configuration import BASELINE_FILE, CARRIERS, CONFIGURATION_FILE
from vpnlint.config.settings import Settings
from vpnlint.errors import ConfigError
from vpnlint.files.writing import write_file
from vpnlint.judge.baseline import read_baseline, render_baseline
from vpnlint.judge.known import KnownFindings
from vpnlint.report.plain import clean_text, describe_problem, escape_path, format_count
from vpnlint.report.report import LEVELS, find_level
from vpnlint.report.terminal import write_text
from vpnlint.results.result import JudgedWorkload, Result

_HEAD = """\
# What the manifests cannot tell vpnlint. The schema of this file is its docs/schema/config.schema.json.

"""
_EXAMPLE = """\
# Nothing in this repository carries the traffic of these workloads into a VPN. If something outside does (a
# router, a VLAN, a node), declare it with the reason:
#
# egress:
"""
_MEANS = {
    "none": "without a VPN",
    "sidecar": "behind a VPN in their Pod",
    "image": "with a VPN in their image",
    "gateway": "behind a gateway",
    "network": "in a network of their own",
    "external": "carried by what the configuration declares",
    "unknown": "that vpnlint cannot judge",
}
# Asks a question and returns the answer.
Ask = Callable[[str], str]


def run(arguments: argparse.Namespace) -> int:
    """Print a summary and write the configuration or the baseline; return 2 if a file is unreadable."""
    settings = load_settings(arguments, [] if arguments.path is None else [arguments.path])
    configuration = settings.configuration
    # A baseline of a part would lose the entries of the rest.
    paths = list(configuration.paths) or [os.path.relpath(configuration.folder)]
    result = judge_paths(arguments, settings._replace(paths=paths))
    write_text(sys.stdout, "".join(f"{line}\n" for line in describe(result)))
    write_text(sys.stderr, "".join(map(describe_problem, result.problems)))
    if arguments.baseline:
        _write_baseline(result, settings)
    else:
        interactive = sys.stdin.isatty() and sys.stdout.isatty()
        _write_configuration(result, settings, input if interactive else None)
    return 2 if result.problems else 0


def describe(result: Result) -> Iterator[str]:
    """Yield a summary of the result in a few lines."""
    workloads = format_count(len(result.workloads), "workload")
    yield f"{format_count(result.files, 'file')}, {workloads} with a torrent client."
    clients = Counter(workload.client for workload in result.workloads)
    if clients:
        yield "  clients: " + ", ".join(f"{name} ({number})" for name, number in sorted(clients.items()))
    for egress, meaning in _MEANS.items():
        named = [workload.title for workload in result.workloads if workload.egress == egress]
        if named:
            yield f"  {meaning}: {clean_text(', '.join(named))}"
    levels = Counter(find_level(finding) for finding in result.select_findings(notices=True))
    if levels:
        yield "  findings: " + ", ".join(format_count(levels[name], name) for name in LEVELS if levels[name])


def render_configuration(workloads: Sequence[JudgedWorkload], ask: Ask | None) -> str:
    """Return the text of a first configuration.

    ask: asks the user about each workload without a VPN; None if there is no terminal.
    """
    bare = list(dict.fromkeys(map(_identify_workload, (item for item in workloads if item.egress == "none"))))
    declared, open_ones = [], []
    for identity in bare:
        entry = _ask_declaration(identity, ask) if ask is not None else None
        if entry is None:
            open_ones.append(identity)
        else:
            declared.append(entry)
    text = _HEAD
    if declared:
        text += dump_document({"egress": declared}) + "\n"
    if open_ones:
        lines = dump_document([{"workload": name, "by": "router", "reason": "…"} for name in open_ones])
        text += _EXAMPLE + "".join(f"#   {line}\n" for line in lines.splitlines()) + "\n"
    return f"{text}fail-on: warning\n"


def _ask_declaration(identity: str, ask: Ask) -> dict[str, str] | None:
    print(f"{clean_text(identity)} has no VPN.")
    by = ask(f"What carries its traffic into a VPN? [{'/'.join(CARRIERS)}, empty: nothing] ").strip().lower()
    if by not in CARRIERS:
        return None
    reason = ask("How, in a few words? ").strip()
    return {"workload": identity, "by": by, "reason": reason} if reason else None


def _write_configuration(result: Result, settings: Settings, ask: Ask | None) -> None:
    file = settings.configuration.folder / CONFIGURATION_FILE
    if os.path.lexists(file):
        write_text(sys.stdout, f"{_show_path(file)} already exists and is left unchanged.\n")
        return
    write_file(file, render_configuration(result.workloads, ask))
    write_text(sys.stdout, f"Wrote {_show_path(file)}.\n")


def _write_baseline(result: Result, settings: Settings) -> None:
    """Write the baseline, unless a file could not be read: its findings would be missing."""
    if result.problems:
        write_text(sys.stdout, "Wrote no baseline, because a file cannot be read.\n")
        return
    file = settings.configuration.folder / BASELINE_FILE
    before = _read_old_baseline(file)
    write_file(file, render_baseline(result.findings))
    kept = sum(before.take(finding) for finding in result.findings) if before is not None else 0
    dropped = f", {before.count_left():,} of the old one dropped" if before is not None else ""
    added = f"{len(result.findings) - kept:,} new" if before is not None else "all new"
    write_text(
        sys.stdout,
        f"Wrote {_show_path(file)}: {format_count(len(result.findings), 'finding')}, {added}{dropped}.\n",
    )


def _read_old_baseline(file: Path) -> KnownFindings | None:
    """Return the present baseline; None if there is none, or a broken one to be replaced."""
    try:
        return read_baseline(file) if file.is_file() else None
    except ConfigError:
        return None


def _identify_workload(workload: JudgedWorkload) -> str:
    return f"{workload.kind}/{workload.namespace}/{workload.name}"


def _show_path(file: Path) -> str:
    return escape_path(str(file))
