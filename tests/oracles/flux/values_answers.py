"""Ask helm-controller's own code which values a HelmRelease gives its chart; run as a program, rewrite
values.yaml."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.oracles.flux.programs import HERE, output, read, rewrite

TABLE = HERE / "values.yaml"
HEADING = """\
# Which values a HelmRelease gives its chart, as the code of helm-controller 1.6 answered (fluxcd/pkg/chartutil 1.28.0, Helm 4.2.2);
# `python -m tests.oracles.flux.values_answers` asks it again.
# from: spec.valuesFrom · values: spec.values · configMaps: their data by name · flux: the values, as JSON; null where it fails.
"""


def ask(asked: Path, rows: list[dict[str, Any]]) -> list[str | None]:
    """Return for each row the values as helm-controller makes them, as JSON; None where it fails."""
    names = ("from", "values", "configMaps")
    questions = [{name: row[name] for name in names} for row in rows]
    return [None if answer is None else as_json(answer) for answer in json.loads(output(asked, questions))]


def as_json(values: dict[str, Any]) -> str:
    """Return values as JSON with their keys in order."""
    return json.dumps(values, sort_keys=True, ensure_ascii=False)


def read_table() -> list[dict[str, Any]]:
    """Return the rows of values.yaml."""
    return read(TABLE)


if __name__ == "__main__":
    rewrite("values", TABLE, HEADING, ask)
