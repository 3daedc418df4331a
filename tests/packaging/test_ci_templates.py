"""action.yml and docs/ci, held by published schemas, actionlint, zizmor and vpnlint itself."""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import libyaml
from tests.checkout import ROOT
from vpnlint import __version__
from vpnlint.command_line.subcommands import make_parser

CI = ROOT / "docs" / "ci"
SCHEMAS = [
    ("github-actions", "action.yml"),
    ("github-workflows", "docs/ci/github.yml"),
    ("github-workflows", "docs/ci/forgejo.yml"),
    ("gitlab-ci", "docs/ci/gitlab-ci.yml"),
    ("woodpecker-ci", "docs/ci/woodpecker.yml"),
    ("renovate", "docs/ci/renovate.json"),
]


def run(*command: str | Path) -> None:
    done = subprocess.run([*map(str, command)], cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def installed(name: str) -> Path:
    """Return a program that a development dependency brings."""
    return Path(sys.executable).parent / name


@pytest.mark.parametrize(("schema", "file"), SCHEMAS, ids=[file for _, file in SCHEMAS])
def test_each_file_keeps_to_its_published_schema(schema: str, file: str) -> None:
    run(installed("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", file)


def test_every_template_has_a_schema() -> None:
    assert {f"docs/ci/{path.name}" for path in CI.iterdir()} | {"action.yml"} == {file for _, file in SCHEMAS}


def test_zizmor_has_nothing_to_say() -> None:
    run(
        installed("zizmor"),
        "--offline",
        "--no-progress",
        "--persona=pedantic",
        "action.yml",
        CI / "github.yml",
    )


def test_actionlint_has_nothing_to_say() -> None:
    if shutil.which("go") is None:
        pytest.skip("tools/build actionlint builds it, and Go is not installed")
    done = subprocess.run(
        [ROOT / "tools" / "build", "--path", "actionlint"], check=True, capture_output=True, text=True
    )
    program = Path(done.stdout.strip()) / "actionlint"
    if not program.exists():
        pytest.skip("`make tools` has not built actionlint")
    run(program, "-shellcheck", installed("shellcheck"), CI / "github.yml")
    run(
        program,
        "-shellcheck",
        installed("shellcheck"),
        "-ignore",
        'label "docker" is unknown',
        CI / "forgejo.yml",
    )


def commands() -> list[list[str]]:
    """Return each call of vpnlint in a template, what the shell would put into it left as it stands."""
    return [
        [word for word in line.split()[1:] if "$" not in word]
        for path in sorted(CI.glob("*.yml"))
        for line in re.findall(r"\bvpnlint check .*", path.read_text(encoding="utf-8"))
    ]


def test_each_command_in_a_template_is_one_of_vpnlint() -> None:
    assert len(commands()) >= 3
    for words in commands():
        assert isinstance(make_parser().parse_args(words), argparse.Namespace)


def test_templates_install_this_version() -> None:
    for path in CI.iterdir():
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"vpnlint==(\S+)", text)) <= {__version__}
        assert set(re.findall(r"OWNER/vpnlint@[0-9a-f]{40} # v(\S+)", text)) <= {__version__}


def test_inputs_of_the_workflow_are_those_of_the_action() -> None:
    action = libyaml.load((ROOT / "action.yml").read_text(encoding="utf-8"))
    workflow = libyaml.load((CI / "github.yml").read_text(encoding="utf-8"))
    step = workflow["jobs"]["vpnlint"]["steps"][-1]
    assert step["with"].keys() <= action["inputs"].keys()


def test_renovate_finds_the_tag_of_the_policies() -> None:
    (manager,) = json.loads((CI / "renovate.json").read_text(encoding="utf-8"))["customManagers"]
    (pattern,) = manager["matchStrings"]
    source = "spec:\n  url: https://github.com/OWNER/vpnlint\n  ref:\n    tag: v0.1.0\n"
    match = re.search(pattern.replace("(?<", "(?P<"), source)
    assert match is not None
    assert match.groupdict() == {"depName": "OWNER/vpnlint", "currentValue": "v0.1.0"}


def test_the_image_answers() -> None:
    builder = shutil.which("docker") or shutil.which("podman")
    if builder is None:
        pytest.skip("neither docker nor podman is here to build the image")
    if subprocess.run([builder, "info"], capture_output=True, check=False).returncode:
        pytest.skip(f"{builder} has no daemon to build the image with")
    run(builder, "build", "--tag", "vpnlint-test", ".")
    run(builder, "run", "--rm", "vpnlint-test", "--version")
