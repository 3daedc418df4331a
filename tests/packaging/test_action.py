"""action.yml, its steps run as the runner does: inputs put into the environment, `run` given to bash as it stands."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.checkout import ROOT
from tests.packaging.package_index import need_package_index

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
INSTALL, CHECK = ACTION["runs"]["steps"]
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: qbittorrent
spec:
  template:
    spec:
      containers:
        - name: qbittorrent
          image: ghcr.io/home-operations/qbittorrent:5.1.2
"""
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
    """Run one step of the action in a repository, with these inputs (`fail_on` for fail-on) and the others' defaults."""
    inputs = {name: declared["default"] for name, declared in ACTION["inputs"].items()}
    inputs |= {name.replace("_", "-"): value for name, value in given.items()}
    handed = {
        name: re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: inputs[match[1]], value)
        for name, value in what["env"].items()
    }
    places = {"GITHUB_ACTION_PATH": ROOT, "RUNNER_TEMP": runner, "GITHUB_WORKSPACE": repository}
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


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a runner's temporary folder with vpnlint in it, as the action's first step installs it."""
    need_package_index()
    folder = tmp_path_factory.mktemp("runner")
    installed = step(INSTALL, folder, folder)
    assert installed.code == 0, installed.errors
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "qbittorrent.yaml").write_text(MANIFEST, encoding="utf-8")
    return tmp_path


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_each_input_goes_through_the_environment_and_none_into_a_script() -> None:
    handed = [value for what in (INSTALL, CHECK) for value in what["env"].values()]
    assert sorted(handed) == sorted(f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"])
    for what in (INSTALL, CHECK):
        assert "${{" not in what["run"]
        assert what["shell"] == "bash"
    for declared in ACTION["inputs"].values():
        assert declared["description"]


def test_a_finding_is_annotated_and_fails_the_step(runner: Path, repository: Path) -> None:
    done = step(CHECK, runner, repository)
    assert done.code == 1
    assert "::error file=apps/qbittorrent.yaml,line=9," in done.output
    assert "title=no-vpn::" in done.output


def test_format_and_fail_on_are_passed_on(runner: Path, repository: Path) -> None:
    done = step(CHECK, runner, repository, format="json", fail_on="never")
    assert done.code == 0
    assert done.output.startswith("{")


def test_paths_are_lines_and_may_hold_spaces_and_dashes(runner: Path, repository: Path) -> None:
    for name in ("with space", "--help"):
        (repository / name).mkdir()
        (repository / name / "a.yaml").write_text(MANIFEST, encoding="utf-8")
    done = step(CHECK, runner, repository, paths="with space\r\n\n--help\n")
    assert done.code == 1
    assert "\nwith space/a.yaml:9:17: " in done.output
    assert "\n--help/a.yaml:9:17: " in done.output
    assert "apps/qbittorrent.yaml" not in done.output


def test_no_path_at_all_is_refused(runner: Path, repository: Path) -> None:
    done = step(CHECK, runner, repository, paths="\n")
    assert done == (2, "", "::error title=vpnlint::the input paths names no path\n")


@pytest.mark.parametrize("name", ["paths", "format", "fail_on"])
@pytest.mark.parametrize("text", HOSTILE)
def test_no_input_of_the_check_is_executed(runner: Path, repository: Path, name: str, text: str) -> None:
    before = files(repository)
    done = step(CHECK, runner, repository, **{name: text})
    assert files(repository) == before
    # As a path it is one that is not there, and otherwise no choice; `-` is standard input, which is empty here.
    assert done.code == (0 if (name, text) == ("paths", "-") else 2)


@pytest.mark.parametrize("text", HOSTILE)
def test_only_a_release_is_taken_for_a_version(repository: Path, text: str) -> None:
    before = files(repository)
    done = step(INSTALL, repository, repository, version=text)
    assert done == (2, "", "::error title=vpnlint::the input version must be a release such as 0.1.0\n")
    assert files(repository) == before
