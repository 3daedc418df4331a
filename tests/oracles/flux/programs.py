"""Ask the programs that `tools/build flux` builds of Flux's and kustomize's own code, and keep their answers
in tables."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests import libyaml
from tests.checkout import ROOT

HERE = Path(__file__).parent
# Asks a program for the answer to each row of a table.
Ask = Callable[[Path, list[dict[str, Any]]], list[str | None]]


def program(name: str) -> Path | None:
    """Return a program that `tools/build flux` builds, or None where it is not there."""
    asked = [str(ROOT / "tools" / "build"), "--path", "flux"]
    folder = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    built = Path(folder, name)
    return built if folder and built.is_file() else None


def output(asked: Path, questions: list[Any]) -> str:
    """Return what a program prints when it is asked these questions, as JSON."""
    question = json.dumps(questions)
    done = subprocess.run([asked], input=question, capture_output=True, text=True, check=True)
    return done.stdout


def numbers(value: Any) -> Any:  # noqa: ANN401  (JSON of any shape)
    """Return JSON with 1.0 as 1: Go has one kind of number."""
    if isinstance(value, dict):
        return {key: numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def read(table: Path) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    rows: list[dict[str, Any]] = libyaml.load(table.read_text())
    return rows


def rewrite(name: str, table: Path, heading: str, ask: Ask) -> None:
    """Ask a program again for every row of a table, and write the heading and a line for each answer.

    ask: returns the answer for each row, None where the program fails.
    """
    asked = program(name)
    if asked is None:
        sys.exit("`tools/build flux` builds what is needed")
    rows = read(table)
    answered = ({**row, "flux": answer} for row, answer in zip(rows, ask(asked, rows), strict=True))
    lines = [f"- {json.dumps(row, ensure_ascii=False)}\n" for row in answered]
    table.write_text(heading + "".join(lines))
