"""`vpnlint matrix`: what each workload's packets do when something goes wrong."""

from __future__ import annotations

import argparse
import sys

from vpnlint.check import check
from vpnlint.finding import Result
from vpnlint.report import matrix as matrix_format
from vpnlint.report.plain import problem_line
from vpnlint.report.terminal import Progress, paint, write
from vpnlint.ruleset.ruleset import load


def run(arguments: argparse.Namespace) -> int:
    """Print the matrix of each workload, and the problems to standard error. A LEAK is no failure here."""
    with Progress() as progress:
        result = check(arguments.paths, load(), progress, rendered=arguments.rendered, helm=arguments.helm)
    write(sys.stdout, report(result, arguments.format))
    write(sys.stderr, "".join(map(problem_line, result.problems)))
    return 2 if result.problems else 0


def report(result: Result, form: str) -> str:
    """Return the report in the format `form`, as standard output can show it."""
    if form == "json":
        return matrix_format.render_json(result)
    return paint(matrix_format.render(result), sys.stdout)
