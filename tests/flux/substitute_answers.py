"""Ask Flux's own code what becomes of `${…}` in an object; run as a program, rewrite substitute.yaml."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
TABLE = HERE / "substitute.yaml"
HEADING = """\
# What Flux makes of `${…}`, as the code of its kustomize-controller 1.9 answered (fluxcd/pkg/kustomize 1.39.0, envsubst 1.7.0);
# `python tests/flux/substitute_answers.py` asks it again.
# text: the object's YAML but for its apiVersion, kind and, mostly, metadata · variables: those of postBuild.substitute · flux: the other
# fields afterwards, as JSON; null where Flux fails.
"""


def program(name: str) -> Path | None:
    """Return a program that `tools/build flux` builds, or None where it is not there."""
    asked = [str(HERE.parents[1] / "tools" / "build"), "--path", "flux"]
    folder = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    built = Path(folder, name)
    return built if folder and built.is_file() else None


def whole(row: dict[str, Any]) -> str:
    """Return the text of a row's object."""
    metadata = "" if row["text"].startswith("metadata:") else "metadata: {name: values}\n"
    return f"apiVersion: example.invalid/v1\nkind: Values\n{metadata}{row['text']}"


def ask(asked: Path, rows: list[dict[str, Any]]) -> list[str | None]:
    """Return for each row the fields of its object as Flux leaves them, as JSON; None where it fails."""
    questions = [{"text": whole(row), "variables": row["variables"]} for row in rows]
    done = subprocess.run([asked], input=json.dumps(questions), capture_output=True, text=True, check=True)
    return [answer and fields(answer) for answer in json.loads(done.stdout)]


def fields(thing: dict[str, Any]) -> str:
    """Return what an object holds beside apiVersion, kind and metadata, as JSON with its keys in order."""
    kept = {key: value for key, value in thing.items() if key not in ("apiVersion", "kind", "metadata")}
    return json.dumps(_numbers(kept), sort_keys=True, ensure_ascii=False)


def _numbers(value: Any) -> Any:  # noqa: ANN401  (JSON of any shape)
    """Go has one kind of number: 1 and 1.0 are the same."""
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def read_table() -> list[dict[str, Any]]:
    """Return the rows of substitute.yaml."""
    rows: list[dict[str, Any]] = yaml.safe_load(TABLE.read_text())
    return rows


def write_table(asked: Path) -> None:
    """Ask again for every row of substitute.yaml and write the answers."""
    rows = read_table()
    lines = [
        "- "
        + json.dumps({"text": row["text"], "variables": row["variables"], "flux": answer}, ensure_ascii=False)
        for row, answer in zip(rows, ask(asked, rows), strict=True)
    ]
    TABLE.write_text(HEADING + "\n".join(lines) + "\n")


if __name__ == "__main__":
    found = program("substitute")
    if found is None:
        sys.exit("`tools/build flux` builds what is needed")
    write_table(found)
