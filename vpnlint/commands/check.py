"""`vpnlint check`: find, report, and say by the exit code whether there is something to mend."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vpnlint.check import check
from vpnlint.commands.outputs import deliver, read_outputs
from vpnlint.errors import InputError
from vpnlint.finding import Result, Severity
from vpnlint.report.plain import problem_line
from vpnlint.report.report import Report
from vpnlint.report.terminal import Progress, write
from vpnlint.ruleset.ruleset import load

_THRESHOLDS = {"error": Severity.ERROR, "warning": Severity.WARNING, "never": None}


def run(arguments: argparse.Namespace) -> int:
    """Check the paths, write the reports, and print the problems to standard error."""
    outputs = read_outputs(arguments.format, arguments.output)
    try:
        ruleset = load([Path(folder) for folder in arguments.rules])
    except InputError as error:
        # A program that reads the report gets one, also when the rules are broken.
        report = Report(Result((), (), (error,), 0))
    else:
        with Progress() as progress:
            result = check(
                arguments.paths,
                ruleset,
                progress,
                rendered=arguments.rendered,
                helm=arguments.helm,
                ignores=not arguments.no_ignores,
            )
        report = Report(
            result, arguments.doubts, arguments.notices, arguments.verbose, rules=lambda: ruleset.rules
        )
    deliver(report, outputs)
    write(sys.stderr, "".join(map(problem_line, report.result.problems)))
    return exit_code(report.result, _THRESHOLDS[arguments.fail_on])


def exit_code(result: Result, threshold: Severity | None) -> int:
    """Return 2 if anything could not be read, 1 if a `deny` reaches the threshold (None: none does), else 0."""
    if result.problems:
        return 2
    bad = any(
        finding.answer == "deny" and threshold is not None and finding.severity >= threshold
        for finding in result.findings
    )
    return int(bad)
