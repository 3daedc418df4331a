"""Ask the programs that `tools/build flux` builds of Flux's and kustomize's own code, and keep their answers
in tables."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from tests.checkout import ROOT

HERE = Path(__file__).parent


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
    rows: list[dict[str, Any]] = yaml.safe_load(table.read_text())
    return rows


def write(table: Path, heading: str, rows: Iterable[dict[str, Any]]) -> None:
    """Write a table: its heading, and a line for each row."""
    lines = [f"- {json.dumps(row, ensure_ascii=False)}\n" for row in rows]
    table.write_text(heading + "".join(lines))
