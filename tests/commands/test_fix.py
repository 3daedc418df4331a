"""`vpnlint fix` and `check --fix` as users run them."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.checkout import FIXTURES
from tests.program import vpnlint

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: torrents}
spec:
  initContainers:
    - name: gluetun
      image: ghcr.io/qdm12/gluetun:v3.41.1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
      restartPolicy: Always
      env:
        # The firewall.
        - {name: FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT, value: "off"}  # for a test
      startupProbe: {exec: {command: [/gluetun-entrypoint, healthcheck]}}
      securityContext: {capabilities: {add: [NET_ADMIN]}}
      resources: {limits: {squat.ai/tun: "1"}}
  containers:
    - name: transmission
      image: lscr.io/linuxserver/transmission:latest
"""
MENDED = POD.replace('value: "off"', 'value: "on"')
DIGEST = "sha256:" + "a" * 64
IMAGE = "lscr.io/linuxserver/transmission"
PINNED = MENDED.replace(f"{IMAGE}:latest", f"{IMAGE}:latest@{DIGEST}")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "pod.yaml").write_text(POD)
    return tmp_path


def test_a_file_is_mended_and_a_second_run_changes_nothing(folder: Path) -> None:
    done = vpnlint("fix", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "pod.yaml:11:80: fixed: missing-kill-switch: set"
        " env.FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT to on\n"
        "fixed 1 finding in 1 file.\n"
    )
    assert (folder / "pod.yaml").read_text() == MENDED
    before = (folder / "pod.yaml").stat()
    again = vpnlint("fix", folder=folder)
    assert (again.returncode, again.stdout) == (0, "fixed 0 findings in 0 files.\n")
    assert (folder / "pod.yaml").stat().st_mtime_ns == before.st_mtime_ns


def test_a_diff_changes_nothing_and_applies(folder: Path) -> None:
    done = vpnlint("fix", "--diff", folder=folder)
    assert done.returncode == 1
    assert (folder / "pod.yaml").read_text() == POD
    assert done.stdout.startswith("--- a/pod.yaml\n+++ b/pod.yaml\n")
    assert done.stderr.endswith("would fix 1 finding in 1 file.\n")
    subprocess.run(
        ["patch", "-p1"], cwd=folder, input=done.stdout, text=True, check=True, capture_output=True
    )
    assert (folder / "pod.yaml").read_text() == MENDED


def test_line_ends_and_the_byte_order_mark_stay(folder: Path) -> None:
    path = folder / "pod.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + POD.replace("\n", "\r\n").encode())
    vpnlint("fix", folder=folder)
    assert path.read_bytes() == b"\xef\xbb\xbf" + MENDED.replace("\n", "\r\n").encode()


def test_the_mode_of_a_file_stays_and_a_link_in_the_repository_stays_a_link(folder: Path) -> None:
    (folder / "pod.yaml").rename(folder / "real.yaml")
    (folder / "real.yaml").chmod(0o640)
    (folder / "pod.yaml").symlink_to("real.yaml")
    vpnlint("fix", folder=folder)
    assert (folder / "pod.yaml").is_symlink()
    assert (folder / "real.yaml").read_text() == MENDED
    assert stat.S_IMODE((folder / "real.yaml").stat().st_mode) == 0o640


def test_no_file_outside_of_the_repository_is_written(folder: Path) -> None:
    inside = folder / "repository"
    inside.mkdir()
    (inside / ".git").mkdir()
    (folder / ".git").rmdir()
    (inside / "pod.yaml").symlink_to("../pod.yaml")
    vpnlint("fix", folder=inside)
    assert (folder / "pod.yaml").read_text() == POD
    assert sorted(os.listdir(inside)) == [".git", "pod.yaml"]


def test_only_the_rules_that_are_named_mend(folder: Path) -> None:
    done = vpnlint("fix", "--rule", "obsolete-vpn-env", folder=folder)
    assert done.stdout == "fixed 0 findings in 0 files.\n"
    assert (folder / "pod.yaml").read_text() == POD
    wrong = vpnlint("fix", "--rule", "obsolete-vpn-enw", folder=folder)
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "vpnlint: there is no rule 'obsolete-vpn-enw'; did you mean obsolete-vpn-env?\n",
    )


@pytest.mark.parametrize(
    "lock",
    [
        f"# by a script\n{IMAGE}:latest@{DIGEST}  # today's\n",
        f"FROM {IMAGE}:latest@{DIGEST} AS client\n",
        f"images:\n  - image: '{IMAGE}:latest@{DIGEST}'\n",
        f"# renovate: datasource=docker depName={IMAGE}\nVERSION=latest@{DIGEST}\n",
        f"image:\n  repository: {IMAGE}\n  tag: latest@{DIGEST}\n",
    ],
    ids=["list", "Dockerfile", "YAML", "Renovate", "values"],
)
def test_an_image_gets_the_digest_that_a_file_tells(lock: str, folder: Path) -> None:
    (folder / "lock").write_text(f"other@sha256:{'b' * 64}\n{lock}")
    vpnlint("fix", "--digests", "lock", folder=folder)
    assert (folder / "pod.yaml").read_text() == PINNED


def test_an_image_gets_the_digest_that_is_told(folder: Path) -> None:
    vpnlint("fix", "--digest", f"{IMAGE}:latest={DIGEST}", folder=folder)
    assert (folder / "pod.yaml").read_text() == PINNED


@pytest.mark.parametrize(
    ("lock", "message"),
    [
        (f"{IMAGE}@sha256:abc\n", "lock:1: no digest of an image"),
        (f"{IMAGE}:latest@{DIGEST}0\n", "lock:1: no digest of an image"),
        (f"{IMAGE}:latest\n", "lock: holds no digest of an image"),
    ],
)
def test_what_is_no_digest_is_refused(lock: str, message: str, folder: Path) -> None:
    (folder / "lock").write_text(lock)
    wrong = vpnlint("fix", "--digests", "lock", folder=folder)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert message in wrong.stderr
    told = vpnlint("fix", "--digest", f"{IMAGE}=sha256:abc", folder=folder)
    assert (told.returncode, told.stdout) == (2, "")
    assert "no digest of an image" in told.stderr
    assert (folder / "pod.yaml").read_text() == POD


def test_what_cannot_be_mended_is_said_with_the_place(folder: Path) -> None:
    text = POD.replace("        - {name: FIREWALL", "        - &off {name: FIREWALL").replace(
        "    - name: transmission\n", "    - name: transmission\n      env: [*off]\n"
    )
    (folder / "pod.yaml").write_text(text)
    done = vpnlint("fix", folder=folder)
    assert (done.returncode, (folder / "pod.yaml").read_text()) == (0, text)
    assert "pod.yaml:11:85: not fixed: missing-kill-switch: " in done.stdout
    assert "by an alias in line 17" in done.stdout
    assert done.stdout.endswith("fixed 0 findings in 0 files, 1 not fixed.\n")


def test_what_sops_encrypted_is_left_alone(folder: Path) -> None:
    text = f"{POD}sops: {{mac: x, version: 3.9.0}}\n"
    (folder / "pod.yaml").write_text(text)
    done = vpnlint("fix", folder=folder)
    assert "pod.yaml is encrypted by SOPS: edit it with sops" in done.stdout
    assert (folder / "pod.yaml").read_text() == text


def test_unsafe_changes_need_to_be_asked_for(folder: Path) -> None:
    text = (
        MENDED.replace("  initContainers:\n", "  containers:\n")
        .replace("  containers:\n    - name: transmission", "    - name: transmission")
        .replace("      restartPolicy: Always\n", "")
    )
    (folder / "pod.yaml").write_text(text)
    safe = vpnlint("fix", folder=folder)
    assert safe.stdout == "fixed 0 findings in 0 files, 1 more with --unsafe.\n"
    done = vpnlint("fix", "--unsafe", folder=folder)
    assert "fixed: client-before-vpn: set restartPolicy to Always, move to initContainers\n" in done.stdout
    assert (folder / "pod.yaml").read_text().count("initContainers:") == 1
    assert vpnlint("fix", "--unsafe", folder=folder).stdout == "fixed 0 findings in 0 files.\n"


def test_standard_input_is_not_mended(folder: Path) -> None:
    done = vpnlint("fix", "-", folder=folder, input=POD)
    assert (done.returncode, done.stderr) == (
        2,
        "vpnlint: standard input cannot be mended: name files or folders\n",
    )


def test_check_mends_first_and_fails_where_it_changed_a_file(folder: Path) -> None:
    done = vpnlint("check", "--fix", "--fail-on", "error", folder=folder)
    assert done.returncode == 1
    assert done.stderr.endswith("fixed 1 finding in 1 file.\n")
    assert "missing-kill-switch" not in done.stdout
    assert (folder / "pod.yaml").read_text() == MENDED
    again = vpnlint("check", "--fix", "--fail-on", "error", folder=folder)
    assert (again.returncode, again.stderr) == (0, "")


def test_sarif_holds_the_edits_that_fix_would_make(folder: Path) -> None:
    done = vpnlint("check", "--format", "sarif", "--fail-on", "never", folder=folder)
    results = json.loads(done.stdout)["runs"][0]["results"]
    ((mended, changes),) = [
        (result["ruleId"], fix["artifactChanges"]) for result in results for fix in result.get("fixes", ())
    ]
    assert mended == "missing-kill-switch"
    ((replacement,),) = [change["replacements"] for change in changes]
    region, text = replacement["deletedRegion"], replacement["insertedContent"]["text"]
    line = POD.splitlines()[region["startLine"] - 1]
    assert region["startLine"] == region["endLine"]
    made = line[: region["startColumn"] - 1] + text + line[region["endColumn"] - 1 :]
    assert made == MENDED.splitlines()[region["startLine"] - 1]


def test_json_says_of_each_finding_what_would_be_changed(folder: Path) -> None:
    done = vpnlint("check", "--format", "json", "--fail-on", "never", folder=folder)
    fixes = {item["rule"]: item["fix"] for item in json.loads(done.stdout)["findings"]}
    assert fixes["missing-kill-switch"] == {
        "action": "set",
        "path": "env.FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT",
        "value": "on",
        "steps": [
            {
                "action": "set",
                "path": "env.FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT",
                "value": "on",
            }
        ],
        "safe": True,
        "reason": "",
    }


def test_json_holds_the_edits_that_fix_would_make(folder: Path) -> None:
    path = folder / "pod.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + POD.replace("\n", "\r\n").encode())
    done = vpnlint("check", "--format", "json", "--notices", "--fail-on", "never", folder=folder)
    fixes = [(item["rule"], fix) for item in json.loads(done.stdout)["findings"] for fix in item["fixes"]]
    ((mended, fix),) = fixes
    assert (mended, fix["safe"]) == ("missing-kill-switch", True)
    assert fix["description"].endswith('to "on"')
    lines = POD.splitlines()
    for edit in reversed(fix["edits"]):
        assert (edit["file"], edit["line"]) == ("pod.yaml", edit["endLine"])
        line = lines[edit["line"] - 1]
        lines[edit["line"] - 1] = line[: edit["column"] - 1] + edit["text"] + line[edit["endColumn"] - 1 :]
    assert lines == MENDED.splitlines()


def test_a_value_that_is_emptied_is_said(tmp_path: Path) -> None:
    shutil.copy(FIXTURES / "ephemeral-vpn-state" / "fail.in-memory.yaml", tmp_path / "pod.yaml")
    done = vpnlint("fix", "--unsafe", folder=tmp_path)
    assert "set env.TS_KUBE_SECRET to nothing, " in done.stdout
