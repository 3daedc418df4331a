"""Ask kustomize's own code what folders make, and vpnlint the same; run as a program, rewrite
kustomize/answers.json."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CASES = HERE / "cases"
ANSWERS = HERE / "answers.json"

from tests import libyaml
from tests.oracles.flux.programs import numbers, output, program


def built() -> Path | None:
    """Return the program with kustomize's own code, or None where `tools/build flux` did not run."""
    return program("kustomize")


def ask(asked: Path, folders: Sequence[str]) -> list[dict[str, Any]]:
    """Return what kustomize makes of each folder: `objects` and, where its text reads otherwise, `printed`,
    or `error`."""
    return [json.loads(line) for line in output(asked, [*folders]).splitlines()]


def read_cases() -> dict[str, dict[str, str]]:
    """Return for each case, by `theme/name`, the texts of its files by path."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(CASES.glob("*.yaml")):
        theme = libyaml.load(path.read_text())
        for name, files in theme["cases"].items():
            found[f"{path.stem}/{name}"] = {**theme.get("shared", {}), **files}
    return found


def lay_out(files: dict[str, str], folder: Path) -> None:
    """Write the files of a case below a folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def answers(asked: Path) -> dict[str, list[Any] | None]:
    """Return the objects that kustomize makes of each case, None where it fails."""
    cases = read_cases()
    with tempfile.TemporaryDirectory() as place:
        for name, files in cases.items():
            lay_out(files, Path(place, name))
        found = ask(asked, [str(Path(place, name)) for name in cases])
    return {name: numbers(answer.get("objects")) for name, answer in zip(cases, found, strict=True)}


def write_answers(asked: Path) -> None:
    """Ask again for every case and write the answers, a line each."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(answer, sort_keys=True)}" for name, answer in answers(asked).items()
    ]
    ANSWERS.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    found = built()
    if found is None:
        sys.exit("`tools/build flux` builds what is needed")
    write_answers(found)
