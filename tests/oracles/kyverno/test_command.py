"""`vpnlint kyverno test`: the suites of emitted policies, run by the real CLI."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.program import vpnlint
from tests.shipped import RULESET
from vpnlint.admission.kyverno_cli import run_tests


def command(folder: Path, path: str) -> subprocess.CompletedProcess[str]:
    return vpnlint("kyverno", "test", folder, more={"PATH": path})


@pytest.fixture
def small(tmp_path: Path) -> Path:
    assert vpnlint("emit", "vap", "--only", "floating-image-tag", "-o", tmp_path).returncode == 0
    return tmp_path


@pytest.mark.parametrize("target", ["kyverno", "vap"])
def test_emitted_policies_pass_the_tests_that_are_emitted_with_them(
    target: str, kyverno: str, tmp_path: Path
) -> None:
    # One rule: the CLI compiles each policy anew for each resource. `make release` has it test all.
    assert vpnlint("emit", target, "--only", "userspace-tailscale", "-o", tmp_path).returncode == 0
    tested = run_tests(kyverno, tmp_path)
    assert (tested.failures, tested.error) == ((), "")
    assert tested.passed > 10
    print(f"{tested.passed} tests of {target} passed")


def test_what_fails_is_shown_at_the_rule(small: Path, kyverno: str) -> None:
    path = str(Path(kyverno).parent)
    run = command(small, path)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.endswith(" tests passed, 0 failed\n")
    suite = small / "tests" / "floating-image-tag" / "kyverno-test.yaml"
    suite.write_text(suite.read_text().replace("result: fail", "result: pass", 1))
    run = command(small, path)
    assert run.returncode == 1
    (rule,) = (rule for rule in RULESET.rules if rule.id == "floating-image-tag")
    place = f"rules/floating-image-tag.yaml:{rule.source.span.line}:1"
    assert run.stdout.startswith(f"{place}: floating-image-tag: ")
    assert "Want pass, got fail" in run.stdout


def test_a_folder_without_tests_is_an_error(tmp_path: Path, kyverno: str) -> None:
    run = command(tmp_path, str(Path(kyverno).parent))
    assert run.returncode == 2
    assert "the Kyverno CLI failed" in run.stderr


def test_no_cli_is_said_with_how_to_get_it(small: Path, tmp_path: Path) -> None:
    run = command(small, str(tmp_path))
    assert (run.returncode, run.stdout) == (2, "")
    assert "https://kyverno.io/docs/kyverno-cli/install/" in run.stderr


def test_no_such_folder(tmp_path: Path) -> None:
    run = command(tmp_path / "missing", str(tmp_path))
    assert run.returncode == 2
    assert "no such folder" in run.stderr


DECLARED = """\
egress:
  - {namespace: downloads, by: router, reason: VLAN 30 leaves through WireGuard on the router}
"""
PODS = """\
apiVersion: v1
kind: Pod
metadata: {name: qb, namespace: downloads}
spec: {containers: [{name: q, image: ghcr.io/home-operations/qbittorrent:5.1.2}]}
---
apiVersion: v1
kind: Pod
metadata: {name: qb, namespace: other}
spec: {containers: [{name: q, image: ghcr.io/home-operations/qbittorrent:5.1.2}]}
"""


@pytest.mark.parametrize("target", ["kyverno", "vap"])
def test_what_the_configuration_declares_is_let_through(target: str, kyverno: str, tmp_path: Path) -> None:
    (tmp_path / ".vpnlint.yaml").write_text(DECLARED, encoding="utf-8")
    (tmp_path / "pods.yaml").write_text(PODS, encoding="utf-8")
    config = tmp_path / ".vpnlint.yaml"
    folder = tmp_path / "policies"
    run = vpnlint("emit", target, "--only", "no-vpn", "--config", config, "-o", folder)
    assert run.returncode == 0, run.stderr
    command = [kyverno, "apply", str(folder / "no-vpn.yaml"), "--resource", str(tmp_path / "pods.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "other/Pod/qb" in done.stdout, done.stdout + done.stderr
    assert "downloads/Pod/qb" not in done.stdout
    assert "pass: 1, fail: 1" in done.stdout
