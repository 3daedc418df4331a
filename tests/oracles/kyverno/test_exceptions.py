"""What comments suppress is let through by the real Kyverno, and nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import libyaml
from vpnlint.cli import main

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: NAME, namespace: media}
spec:
  containers:
    - name: q COMMENT
      image: ghcr.io/home-operations/qbittorrent:5.1.2
"""
COMMENT = "# vpnlint: ignore[no-vpn] until 2099-12-31 the VPN is on the router"


def emit(folder: Path, *arguments: str) -> int:
    return main(["emit", "kyverno", "-o", str(folder / "out"), "--only", "no-vpn", *arguments])


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "repository").mkdir()
    for name, comment in (("torrents", COMMENT), ("other", "")):
        text = POD.replace("NAME", name).replace("COMMENT", comment)
        (tmp_path / "repository" / f"{name}.yaml").write_text(text)
    return tmp_path / "repository"


def test_an_exception_is_for_the_workload_with_its_reason_and_day(repository: Path, tmp_path: Path) -> None:
    assert emit(tmp_path, "--exceptions", str(repository)) == 0
    (exception,) = libyaml.load_all((tmp_path / "out" / "exceptions.yaml").read_text())
    assert exception["metadata"]["name"] == "no-vpn-media-torrents"
    assert exception["spec"]["properties"] == {"reason": "the VPN is on the router"}
    assert exception["spec"]["expiresAt"] == "2100-01-01T00:00:00Z"
    named = [reference["name"] for reference in exception["spec"]["policyRefs"]]
    assert named == ["no-vpn", "no-vpn-doubt", "no-vpn-helmrelease", "no-vpn-helmrelease-doubt"]
    assert "exceptions.yaml" in (tmp_path / "out" / "kustomization.yaml").read_text()


def test_kyverno_lets_it_through_and_refuses_the_other(
    repository: Path, tmp_path: Path, kyverno: str
) -> None:
    assert emit(tmp_path, "--exceptions", str(repository)) == 0
    command = [kyverno, "apply", str(tmp_path / "out" / "no-vpn.yaml"), "--resource", str(repository)]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "fail: 2" in refused.stdout
    command += ["--exception", str(tmp_path / "out" / "exceptions.yaml")]
    excepted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "fail: 1" in excepted.stdout, excepted.stdout
    assert "skip: 1" in excepted.stdout, excepted.stdout
    assert "media/Pod/other failed" in excepted.stdout.replace("default/", "")


def test_no_other_form_has_exceptions(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert emit(tmp_path, "--format", "clusterpolicy", "--exceptions", str(repository)) == 2
    assert "--exceptions apply only to Kyverno's ValidatingPolicies" in capsys.readouterr().err
