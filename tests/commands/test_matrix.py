from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.checkout import RULES
from tests.program import vpnlint
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.errors import RuleError
from vpnlint.ruleset import defences
from vpnlint.ruleset.cel import Engine
from vpnlint.ruleset.data_file import DEFENCES


@pytest.fixture
def unsafe(lone_fixtures: Path) -> Path:
    return lone_fixtures / "missing-kill-switch" / "fail.new-name.yaml"


def test_a_leak_is_told_and_no_failure(unsafe: Path) -> None:
    run = vpnlint("matrix", unsafe)
    assert (run.returncode, run.stderr) == (0, "")
    assert "  LEAK vpn-crash, peers: if gluetun is killed, transmission announces" in run.stdout
    assert "    change: leave the firewall of gluetun on\n" in run.stdout


def test_what_cannot_be_read_is(unsafe: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("kind: [Pod\n")
    run = vpnlint("matrix", tmp_path / "broken.yaml", unsafe)
    assert run.returncode == 2
    assert "broken.yaml:" in run.stderr
    assert "  LEAK vpn-crash" in run.stdout


def test_check_and_matrix_print_one_shape_of_json(unsafe: Path) -> None:
    by_check, by_matrix = (
        json.loads(vpnlint(command, "--format", "json", unsafe).stdout) for command in ("check", "matrix")
    )
    assert by_check == by_matrix
    (workload,) = by_check["workloads"]
    assert workload["matrix"]["vpn-crash"]["peers"]["verdict"] == "LEAK"


def test_the_page_is_written_beside_the_text(unsafe: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    run = vpnlint("matrix", "--output", f"html={page}", unsafe)
    assert (run.returncode, run.stdout) == (0, vpnlint("matrix", unsafe).stdout)
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert page.read_text(encoding="utf-8") == vpnlint("matrix", "--format", "html", unsafe).stdout


@pytest.mark.parametrize("form", ["sarif", "xml"])
def test_formats_of_findings_are_none_of_the_matrix(unsafe: Path, form: str) -> None:
    run = vpnlint("matrix", "--format", form, unsafe)
    assert run.returncode == 2
    assert f"there is no format '{form}'" in run.stderr and "text, markdown, json, html" in run.stderr


def test_the_worst_of_two_clients_counts(tmp_path: Path) -> None:
    unbound = "  - {name: unbound, image: ghcr.io/home-operations/qbittorrent:5.1.2}\n"
    follows = "  - {name: follows, image: lscr.io/linuxserver/transmission:4.0.6}\n"
    vpn = "  - {name: gluetun, image: qmcgaw/gluetun:v3.41.1, securityContext: {privileged: true},\n"
    vpn += "     env: [{name: FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT, value: 'off'}]}\n"
    verdicts = []
    for number, clients in enumerate(((follows,), (follows, unbound), (unbound, follows))):
        file = tmp_path / f"{number}.yaml"
        file.write_text(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n" + "".join(clients) + vpn
        )
        (workload,) = check([str(file)], RULESET).workloads
        verdicts.append(workload.matrix["steady"]["peers"].verdict)
    assert verdicts == ["tunnel", "LEAK", "LEAK"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("start-up: until", "start: until", "'start-up' is not a scenario"),
        ("steady: LEAK", "steady: leak", "a verdict must be one of tunnel, blocked, LEAK, outside, unknown"),
        ("traffic: [fetch]", "traffic: [web]", "traffic must be some of peers, fetch, dns, ipv6"),
        ("    unless:", "    except:", "'except' is not a key of a defence"),
        ('when: pod.egress == "none"', "when: pod.egress ==", "not valid CEL"),
    ],
)
def test_broken_data_is_refused_at_its_place(
    old: str, new: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (RULES / DEFENCES).read_text()
    assert old in text
    (tmp_path / DEFENCES).write_text(text.replace(old, new, 1))
    monkeypatch.setattr(defences, "find_shipped_folder", lambda: tmp_path)
    with pytest.raises(RuleError, match=message) as refused:
        defences.read_defences().compile_statuses(Engine())
    assert refused.value.file == str(tmp_path / DEFENCES)
    assert refused.value.line > 1
