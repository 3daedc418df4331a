"""`vpnlint matrix`: what each workload's packets do when something goes wrong."""

from __future__ import annotations

import argparse
import sys

from vpnlint.check import check
from vpnlint.finding import Result
from vpnlint.report.formats import find_format
from vpnlint.report.formats.markdown import render_markdown_matrices
from vpnlint.report.matrix import render_matrices
from vpnlint.report.plain import problem_line
from vpnlint.report.report import Report
from vpnlint.report.terminal import Progress, paint, screen, write
from vpnlint.settings import BrokenSettings, read_settings


def run(arguments: argparse.Namespace) -> int:
    """Print the matrix of each workload, and the problems to standard error. A LEAK is no failure here."""
    try:
        settings = read_settings(arguments)
    except BrokenSettings as broken:
        result = Result((), (), broken.problems, 0)
    else:
        with Progress() as progress:
            result = check(
                settings.paths,
                settings.ruleset,
                progress,
                rendered=arguments.rendered,
                helm=arguments.helm,
                configuration=settings.configuration,
            )
    if arguments.format == "json":
        text = find_format("json").render(Report(result))
    elif arguments.format == "markdown":
        text = render_markdown_matrices(result)
    else:
        text = paint(render_matrices(result), screen(sys.stdout))
    write(sys.stdout, text)
    write(sys.stderr, "".join(map(problem_line, result.problems)))
    return 2 if result.problems else 0
