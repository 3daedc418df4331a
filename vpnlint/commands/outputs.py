"""The destinations of a run's reports: standard output, files, and files that the CI system names."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from vpnlint.errors import UsageError
from vpnlint.files.writing import write_file
from vpnlint.report.formats import find_format, list_formats
from vpnlint.report.report import Report
from vpnlint.report.terminal import PLAIN, detect_screen, write_text

_DEFAULT = "text"


class Outputs(NamedTuple):
    """The format of standard output, and the files to write with their formats."""

    standard: str
    files: tuple[tuple[Path, str], ...]


def read_outputs(form: str | None, wanted: Sequence[str], formats: Sequence[str] | None = None) -> Outputs:
    """Return the outputs that `--format` and `--output FORMAT[=FILE]` ask for; by default, text is printed.

    formats: those that the command supports (None: all). Raises UsageError for an unknown format, and if two
    would go to standard output or to one file.
    """
    standard = [form] if form is not None else []
    files: dict[Path, str] = {}
    for item in wanted:
        name, _, file = item.partition("=")
        if not file or file == "-":
            standard.append(name)
        elif Path(file) in files:
            raise UsageError(f"--output: {file} is named twice")
        else:
            files[Path(file)] = name
    for name in (*standard, *files.values()):
        check_format(name, formats)
    if len(standard) > 1:
        raise UsageError(
            f"only one format can go to standard output, not {' and '.join(standard)}: "
            f"write the other to a file, --output {standard[0]}=FILE"
        )
    return Outputs(standard[0] if standard else _DEFAULT, tuple(files.items()))


def check_format(name: str, formats: Sequence[str] | None = None) -> str:
    """Return the name of a format if it is among `formats` (None: all).

    Raises UsageError, which suggests the closest name, if it is not.
    """
    formats = list_formats() if formats is None else formats
    if name not in formats:
        from vpnlint.suggestion import suggest_name

        raise UsageError(
            f"there is no format {name!r}{suggest_name(name, formats)} (choose from {', '.join(formats)})"
        )
    return name


def deliver(report: Report, outputs: Outputs) -> None:
    """Write the report to all outputs.

    Raises UsageError if a file cannot be written, but only after writing everything else.
    """
    failures = []
    for path, name in outputs.files:
        try:
            write_file(path, find_format(name).render(report._replace(screen=PLAIN)))
        except UsageError as error:
            failures.append(error)
    if not _is_needless(report, outputs.standard):
        chosen = find_format(outputs.standard)
        other, variable = chosen.appends
        if variable and os.environ.get(variable):
            try:
                _append(Path(os.environ[variable]), find_format(other).render(report._replace(screen=PLAIN)))
            except UsageError as error:
                failures.append(error)
        write_text(sys.stdout, chosen.render(report._replace(screen=detect_screen(sys.stdout))))
    for failure in failures:
        raise failure


def _is_needless(report: Report, form: str) -> bool:
    """Tell whether to print nothing, as there is nothing to report: people want to see that, hooks do not."""
    result = report.result
    watched = sys.stdout.isatty() and not result.problems
    met = result.workloads or result.not_judged or result.not_applied
    return form == _DEFAULT and not (met or report.findings or report.verbose or watched)


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
