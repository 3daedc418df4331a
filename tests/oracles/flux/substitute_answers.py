"""Ask Flux's own code what becomes of `${…}` in an object; run as a program, rewrite substitute.yaml."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.oracles.flux.programs import HERE, numbers, output, read, rewrite

TABLE = HERE / "substitute.yaml"
HEADING = """\
# What Flux makes of `${…}`, as the code of its kustomize-controller 1.9 answered (fluxcd/pkg/kustomize 1.39.0, envsubst 1.7.0);
# `python -m tests.oracles.flux.substitute_answers` asks it again.
# text: the object's YAML but for its apiVersion, kind and, mostly, metadata · variables: those of postBuild.substitute · flux: the other
# fields afterwards, as JSON; null where Flux fails.
"""


def whole(row: dict[str, Any]) -> str:
    """Return the text of a row's object."""
    metadata = "" if row["text"].startswith("metadata:") else "metadata: {name: values}\n"
    return f"apiVersion: example.invalid/v1\nkind: Values\n{metadata}{row['text']}"


def ask(asked: Path, rows: list[dict[str, Any]]) -> list[str | None]:
    """Return for each row the fields of its object as Flux leaves them, as JSON; None where it fails."""
    questions = [{"text": whole(row), "variables": row["variables"]} for row in rows]
    return [answer and fields(answer) for answer in json.loads(output(asked, questions))]


def fields(thing: dict[str, Any]) -> str:
    """Return what an object holds beside apiVersion, kind and metadata, as JSON with its keys in order."""
    kept = {key: value for key, value in thing.items() if key not in ("apiVersion", "kind", "metadata")}
    return json.dumps(numbers(kept), sort_keys=True, ensure_ascii=False)


def read_table() -> list[dict[str, Any]]:
    """Return the rows of substitute.yaml."""
    return read(TABLE)


if __name__ == "__main__":
    rewrite("substitute", TABLE, HEADING, ask)
