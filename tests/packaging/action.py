"""The steps of action.yml, run as the runner does: inputs in the environment, `run` given to bash."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from tests import libyaml
from tests.checkout import ROOT

ACTION: dict[str, Any] = libyaml.load((ROOT / "action.yml").read_text(encoding="utf-8"))
INSTALL, CHECK, UPLOAD, KYVERNO = ACTION["runs"]["steps"]
SCRIPTS = (INSTALL, CHECK, KYVERNO)
HOSTILE = [
    "$(touch executed)",
    "`touch executed`",
    "; touch executed;",
    "x\ntouch executed",
    "'; touch executed; '",
    '"; touch executed; "',
    "' && touch executed && echo '",
    "${IFS}&touch${IFS}executed",
    "--rules=executed",
    "-",
    "0.1.0; touch executed",
    "0.1.0 --index-url=http://localhost:9",
    "0.1.0\n--index-url=http://localhost:9",
    "::set-env name=executed::1",
]


class Run(NamedTuple):
    """What a step did."""

    code: int
    output: str
    errors: str


def step(what: dict[str, Any], runner: Path, repository: Path, **given: str) -> Run:
    """Run one step in a repository, with these inputs (`fail_on` for fail-on) and the others' defaults."""
    inputs = {name: declared["default"] for name, declared in ACTION["inputs"].items()}
    inputs |= {name.replace("_", "-"): value for name, value in given.items()}
    (runner / "outputs").write_text("", encoding="utf-8")
    handed = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: inputs[match[1]], value)
        for name, value in what["env"].items()
    }
    places = {
        "GITHUB_ACTION_PATH": ROOT,
        "RUNNER_TEMP": runner,
        "GITHUB_WORKSPACE": repository,
        "GITHUB_OUTPUT": runner / "outputs",
        "GITHUB_STEP_SUMMARY": runner / "summary.md",
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", what["run"]],
        cwd=repository,
        env={**os.environ, **{name: str(path) for name, path in places.items()}, **handed},
        check=False,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def files(folder: Path) -> set[str]:
    """Return the paths of all that lies below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
