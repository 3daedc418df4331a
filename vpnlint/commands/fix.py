"""`vpnlint fix`: fixes findings in the files that a person edits, and reports what it could not fix."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Iterator, Mapping

from vpnlint.check import check
from vpnlint.commands.judging import load_settings
from vpnlint.config.settings import Settings
from vpnlint.errors import UsageError
from vpnlint.files.discover import STANDARD_INPUT
from vpnlint.fixing.digests import read_digests
from vpnlint.fixing.files import EditableFiles
from vpnlint.fixing.session import FixSession, Outcome
from vpnlint.report.plain import clean_line, clean_text, describe_problem, format_count
from vpnlint.report.terminal import write_text
from vpnlint.results.finding import Finding
from vpnlint.results.result import Result
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.suggestion import suggest_name

_LINE = defer_pattern(r"[^\n]*\n|[^\n]+")


def run(arguments: argparse.Namespace) -> int:
    """Fix the findings in the paths, or print what would change (`--diff`).

    Returns 0, or 1 where `--diff` shows changes, or 2 where something cannot be read.
    """
    digests = read_digests(arguments.digest, arguments.digests)
    settings = load_settings(arguments)
    _check_rules(arguments.rule, settings)
    outcome, files = mend(settings, unsafe=arguments.unsafe, rules=arguments.rule, digests=digests)
    if arguments.diff:
        write_text(sys.stdout, "".join(_write_diff(outcome, files)))
    else:
        files.write(outcome.texts)
    write_text(sys.stderr if arguments.diff else sys.stdout, "".join(describe(outcome, would=arguments.diff)))
    write_text(sys.stderr, "".join(map(describe_problem, outcome.result.problems)))
    if outcome.result.problems:
        return 2
    return int(bool(arguments.diff and outcome.texts))


def mend(
    settings: Settings,
    *,
    unsafe: bool = False,
    rules: list[str] | None = None,
    digests: Mapping[str, str] | None = None,
    known: Result | None = None,
) -> tuple[Outcome, EditableFiles]:
    """Mend the findings in the settings' paths; return the outcome and the files, without writing them.

    unsafe: make also changes that a person should look at. rules: mend only findings of these. known: the
    result for the files as they are, if they were judged already. Raises UsageError if standard input is
    among the paths.
    """
    if STANDARD_INPUT in settings.paths:
        raise UsageError("standard input cannot be mended: name files or folders")

    def judge(texts: Mapping[str, str]) -> Result:
        if known is not None and not texts:
            return known
        overlays = {os.path.abspath(name): text for name, text in texts.items()}
        return check(
            settings.paths, settings.ruleset, configuration=settings.configuration, overlays=overlays
        )

    def is_wanted(finding: Finding) -> bool:
        fix = finding.fix
        return fix is not None and (unsafe or fix.safe) and (not rules or finding.rule in rules)

    files = EditableFiles()
    outcome = FixSession(judge, files.read, is_wanted, digests).mend()
    return outcome, files


def describe(outcome: Outcome, *, would: bool = False) -> Iterator[str]:
    """Yield lines that list the mended findings, the others with the reason, and their numbers."""
    done = "would fix" if would else "fixed"
    for finding in outcome.fixed:
        steps = finding.fix.summary if finding.fix is not None else ""
        yield f"{_write_place(finding)}: {done}: {finding.rule}: {clean_text(steps)}\n"
    for item in outcome.unfixed:
        yield f"{_write_place(item.finding)}: not fixed: {item.finding.rule}: {clean_text(item.reason)}\n"
    unsafe = [
        finding for finding in outcome.result.findings if finding.fix is not None and not finding.fix.safe
    ]
    left = len(unsafe) - sum(item.finding in unsafe for item in outcome.unfixed)
    parts = [
        f"{done} {format_count(len(outcome.fixed), 'finding')} in {format_count(len(outcome.texts), 'file')}"
    ]
    if outcome.unfixed:
        parts.append(f"{len(outcome.unfixed)} not fixed")
    if left > 0:
        parts.append(f"{left} more with --unsafe")
    yield f"{', '.join(parts)}.\n"


def _write_place(finding: Finding) -> str:
    return f"{clean_text(finding.span.file)}:{finding.span.line}:{finding.span.column}"


def _write_diff(outcome: Outcome, files: EditableFiles) -> Iterator[str]:
    """Yield the changes in the form that `git apply` takes, except for unprintable characters."""
    for name, text in sorted(outcome.texts.items()):
        old, new = (_LINE.findall(body or "") for body in (files.read(name), text))
        for line in difflib.unified_diff(old, new, clean_text(f"a/{name}"), clean_text(f"b/{name}")):
            yield clean_line(line) + ("" if line.endswith("\n") else "\\ No newline at end of file\n")


def _check_rules(names: list[str], settings: Settings) -> None:
    known = [rule.id for rule in settings.ruleset.described_rules]
    for name in names:
        if name not in known:
            raise UsageError(f"there is no rule {name!r}{suggest_name(name, known)}")
