"""`vpnlint check`: judge the paths, write the reports, and return the exit code."""

from __future__ import annotations

import argparse
import os
import sys

from vpnlint.commands.judging import judge_paths, load_settings
from vpnlint.commands.outputs import Outputs, deliver, read_outputs
from vpnlint.commands.reporting import make_report
from vpnlint.config.configuration import BASELINE_FILE
from vpnlint.config.settings import Settings
from vpnlint.errors import BrokenSettings, ConfigError, UsageError
from vpnlint.report.plain import describe_problem
from vpnlint.report.report import Report
from vpnlint.report.terminal import write_text
from vpnlint.results.finding import Severity
from vpnlint.results.result import Result

_UNKNOWN = "unknown"
_THRESHOLDS = {
    "error": Severity.ERROR,
    "warning": Severity.WARNING,
    _UNKNOWN: Severity.WARNING,
    "never": None,
}


def run(arguments: argparse.Namespace) -> int:
    """Check the paths, write the reports, and print the problems to standard error."""
    outputs = read_outputs(arguments.format, arguments.output)
    if arguments.watch:
        from vpnlint.commands.watch import watch

        return watch(arguments.paths or ["."], lambda: _run_once(arguments, outputs))
    changed = arguments.fix and _apply_fixes(arguments)
    return _run_once(arguments, outputs) or int(changed)


def _apply_fixes(arguments: argparse.Namespace) -> bool:
    """Apply the safe fixes of `vpnlint fix`, list them on standard error, and tell whether there were any."""
    from vpnlint.commands.fix import describe, mend

    if arguments.rendered or arguments.helm:
        raise UsageError(
            "--fix edits the repository's own files, so it cannot be combined with --rendered or --helm"
        )
    try:
        outcome, files = mend(load_settings(arguments))
    except BrokenSettings:
        return False  # the run that follows reports what is wrong
    files.write(outcome.texts)
    if outcome.texts:
        write_text(sys.stderr, "".join(describe(outcome)))
    return bool(outcome.texts)


def _run_once(arguments: argparse.Namespace, outputs: Outputs) -> int:
    try:
        settings = load_settings(arguments)
    except BrokenSettings as broken:
        # A program that reads the report gets one even if nothing can be judged.
        report, fail_on = Report(Result((), (), broken.problems, 0)), None
    else:
        result = _judge_new(arguments, settings)
        is_whole = not (result.unchanged or result.fixed or arguments.no_ignores or arguments.since)
        report = make_report(arguments, settings, result, is_whole=is_whole)._replace(
            doubts=arguments.doubts,
            notices=arguments.notices,
            verbose=arguments.verbose,
        )
        fail_on = settings.configuration.fail_on
    deliver(report, outputs)
    write_text(sys.stderr, "".join(map(describe_problem, report.result.problems)))
    threshold = arguments.fail_on or fail_on or "warning"
    return find_exit_code(report.result, _THRESHOLDS[threshold], unknown=threshold == _UNKNOWN)


def _judge_new(arguments: argparse.Namespace, settings: Settings) -> Result:
    """Return the new findings; a broken baseline is a problem, and then counts as empty."""
    try:
        result = judge_settings(arguments, settings)
    except ConfigError as error:
        result = judge_settings(argparse.Namespace(**{**vars(arguments), "no_baseline": True}), settings)
        return result._replace(problems=(*result.problems, error))
    if arguments.since is not None:
        from vpnlint.commands.compare import keep_new_findings

        result = keep_new_findings(result, arguments.since, arguments, judge_settings)
    return result


def judge_settings(arguments: argparse.Namespace, settings: Settings) -> Result:
    """Judge the paths and return the result without the baseline's findings.

    Raises ConfigError if the baseline is broken.
    """
    result = judge_paths(arguments, settings, ignores=not arguments.no_ignores)
    if arguments.no_baseline or not os.path.isfile(settings.configuration.folder / BASELINE_FILE):
        return result
    from vpnlint.judge.baseline import remove_baseline

    return remove_baseline(result, settings.configuration, settings.paths)


def find_exit_code(result: Result, threshold: Severity | None, *, unknown: bool = False) -> int:
    """Return 2 if anything could not be read, 1 if a `deny` reaches the threshold (None: never), else 0.

    unknown: also return 1 if a client could not be judged.
    """
    if result.problems:
        return 2
    if unknown and (result.not_judged or any(item.egress == "unknown" for item in result.workloads)):
        return 1
    bad = any(
        finding.answer == "deny" and threshold is not None and finding.severity >= threshold
        for finding in result.findings
    )
    return int(bad)
