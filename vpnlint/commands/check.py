"""`vpnlint check`: find, report, and say by the exit code whether there is something to mend."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vpnlint.check import check
from vpnlint.errors import InputError
from vpnlint.finding import Result, Severity
from vpnlint.report.plain import problem_line
from vpnlint.report.terminal import Progress, paint, width, write
from vpnlint.ruleset.ruleset import load

_THRESHOLDS = {"error": Severity.ERROR, "warning": Severity.WARNING, "never": None}


def run(arguments: argparse.Namespace) -> int:
    """Check the paths, print the report to standard output and the problems to standard error."""
    try:
        ruleset = load([Path(folder) for folder in arguments.rules])
    except InputError as error:
        # A program that reads the report gets one, also when the rules are broken.
        result = Result((), (), (error,), 0)
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
    write(sys.stdout, report(result, arguments.format, doubts=arguments.doubts, verbose=arguments.verbose))
    write(sys.stderr, "".join(map(problem_line, result.problems)))
    return exit_code(result, _THRESHOLDS[arguments.fail_on])


def report(result: Result, form: str, *, doubts: bool, verbose: bool) -> str:
    """Return the report in the format `form`, as standard output can show it."""
    if form == "json":
        from vpnlint.report import json as json_format

        return json_format.render(result, doubts=doubts)
    if form == "github":
        from vpnlint.report import github as github_format

        return github_format.render(result, doubts=doubts)
    # Who watches wants to know that nothing was found; a hook or a script wants silence.
    if not (result.workloads or verbose or (sys.stdout.isatty() and not result.problems)):
        return ""
    from vpnlint.report import text as text_format

    return paint(
        text_format.render(result, doubts=doubts, verbose=verbose, width=width(sys.stdout)), sys.stdout
    )


def exit_code(result: Result, threshold: Severity | None) -> int:
    """Return 2 if anything could not be read, 1 if a `deny` is as bad as the threshold (None: none is), else 0."""
    if result.problems:
        return 2
    bad = any(
        finding.answer == "deny" and threshold is not None and finding.severity >= threshold
        for finding in result.findings
    )
    return int(bad)
