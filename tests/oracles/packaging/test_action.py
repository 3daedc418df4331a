"""action.yml, with vpnlint installed by its own first step from the package index."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.checkout import EVERYTHING
from tests.git import commit
from tests.manifests import UNGUARDED
from tests.oracles.packaging.package_index import need_package_index
from tests.packaging.action import ACTION, CHECK, HOSTILE, INSTALL, KYVERNO, UPLOAD, files, step

GIVEN = ("paths", "format", "fail_on", "since", "config", "baseline", "summary", "advanced_security")


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
    (tmp_path / "apps" / "qbittorrent.yaml").write_text(UNGUARDED, encoding="utf-8")
    return tmp_path


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
        (repository / name / "a.yaml").write_text(UNGUARDED, encoding="utf-8")
    done = step(CHECK, runner, repository, paths="with space\r\n\n--help\n")
    assert done.code == 1
    assert "\nwith space/a.yaml:9:17: " in done.output
    assert "\n--help/a.yaml:9:17: " in done.output
    assert "apps/qbittorrent.yaml" not in done.output


def test_no_path_at_all_is_refused(runner: Path, repository: Path) -> None:
    (repository / ".vpnlint.yaml").write_text("paths: [other]\n", encoding="utf-8")
    (repository / "other").mkdir()
    (repository / "other" / "a.yaml").write_text(UNGUARDED, encoding="utf-8")
    done = step(CHECK, runner, repository, paths="\n")
    assert done.code == 1
    assert "\nother/a.yaml:9:17: " in done.output
    assert "apps/qbittorrent.yaml" not in done.output


def test_sarif_is_written_and_handed_to_the_step_that_uploads_it(runner: Path, repository: Path) -> None:
    assert step(CHECK, runner, repository).code == 1
    assert (runner / "outputs").read_text(encoding="utf-8") == ""
    assert step(CHECK, runner, repository, advanced_security="true").code == 1
    name, _, file = (runner / "outputs").read_text(encoding="utf-8").removesuffix("\n").partition("=")
    assert name == "sarif"
    (run,) = json.loads(Path(file).read_text(encoding="utf-8"))["runs"]
    location = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == "apps/qbittorrent.yaml"
    assert (
        UPLOAD["with"]["sarif_file"]
        == ACTION["outputs"]["sarif"]["value"]
        == "${{ steps.check.outputs.sarif }}"
    )
    assert CHECK["id"] == "check"
    assert re.fullmatch(r"github/codeql-action/upload-sarif@[0-9a-f]{40}", UPLOAD["uses"])


def test_the_summary_is_written_unless_it_is_not_wanted(runner: Path, repository: Path) -> None:
    (runner / "summary.md").unlink(missing_ok=True)
    step(CHECK, runner, repository, summary="false")
    assert not (runner / "summary.md").exists()
    step(CHECK, runner, repository)
    assert "<code>no-vpn</code>" in (runner / "summary.md").read_text(encoding="utf-8")


def test_only_what_is_new_is_reported(runner: Path, repository: Path) -> None:
    commit(repository)
    (repository / "apps" / "new.yaml").write_text(
        UNGUARDED.replace("name: q", "name: new-q"), encoding="utf-8"
    )
    done = step(CHECK, runner, repository, since="HEAD")
    assert done.code == 1
    assert "\napps/new.yaml:9:17: " in done.output
    assert "apps/qbittorrent.yaml" not in done.output
    baseline = [str(runner / "vpnlint" / "bin" / "vpnlint"), "init", "--baseline"]
    subprocess.run(baseline, cwd=repository, check=True, capture_output=True)
    assert step(CHECK, runner, repository).code == 0
    assert step(CHECK, runner, repository, baseline="false").code == 1
    (repository / "own.yaml").write_text("fail-on: never\n", encoding="utf-8")
    assert step(CHECK, runner, repository, baseline="false", config="own.yaml").code == 0


@pytest.mark.parametrize("name", ["baseline", "summary", "advanced_security"])
def test_what_is_neither_true_nor_false_is_refused(name: str, runner: Path, repository: Path) -> None:
    done = step(CHECK, runner, repository, **{name: "yes"})
    assert done == (
        2,
        "",
        f"::error title=vpnlint::the input {name.replace('_', '-')} must be true or false\n",
    )


def test_the_tests_of_policies(runner: Path, repository: Path) -> None:
    done = step(KYVERNO, runner, repository, kyverno_tests="--missing")
    assert (done.code, "--missing: no such folder" in done.errors or "Kyverno" in done.errors) == (2, True)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (name, text)
        for number, name in enumerate(GIVEN)
        for other, text in enumerate(HOSTILE)
        if EVERYTHING or (number + other) % 3 == 0
    ],
)
def test_no_input_of_the_check_is_executed(runner: Path, repository: Path, name: str, text: str) -> None:
    """Every third pair, in which each input and each text is met; `make properties` tries all."""
    before = files(repository)
    done = step(CHECK, runner, repository, **{name: text})
    assert files(repository) == before
    # As a path it is one that is not there, and otherwise no choice; `-` is standard input, which is empty
    # here.
    assert done.code == (0 if (name, text) == ("paths", "-") else 2)
