"""`vpnlint matrix`: shows what each workload's packets do when something goes wrong."""

from __future__ import annotations

import argparse
import sys

from vpnlint.command_line.subcommands import MATRIX_FORMATS
from vpnlint.commands.judging import judge_paths, load_settings
from vpnlint.commands.outputs import read_outputs
from vpnlint.commands.reporting import make_report
from vpnlint.errors import BrokenSettings
from vpnlint.files.writing import write_file
from vpnlint.report.formats import find_format
from vpnlint.report.formats.markdown import render_markdown_matrices
from vpnlint.report.matrix import render_matrices
from vpnlint.report.plain import describe_problem
from vpnlint.report.report import Report
from vpnlint.report.terminal import PLAIN, Screen, detect_screen, paint_lines, write_text
from vpnlint.results.result import Result


def run(arguments: argparse.Namespace) -> int:
    """Print each workload's matrix, and the problems to standard error; a LEAK is no failure here."""
    outputs = read_outputs(arguments.format, arguments.output, MATRIX_FORMATS)
    try:
        settings = load_settings(arguments)
    except BrokenSettings as broken:
        report = Report(Result((), (), broken.problems, 0))
    else:
        report = make_report(arguments, settings, judge_paths(arguments, settings))
    for path, form in outputs.files:
        write_file(path, _render(form, report, PLAIN))
    write_text(sys.stdout, _render(outputs.standard, report, detect_screen(sys.stdout)))
    write_text(sys.stderr, "".join(map(describe_problem, report.result.problems)))
    return 2 if report.result.problems else 0


def _render(form: str, report: Report, on: Screen) -> str:
    """Return the matrices in one of MATRIX_FORMATS."""
    match form:
        case "text":
            return paint_lines(render_matrices(report.result), on)
        case "markdown":
            return render_markdown_matrices(report.result)
        case _:
            return find_format(form).render(report)
