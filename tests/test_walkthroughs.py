"""What somebody does who begins with vpnlint, from the first command on, in three repositories."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests import libyaml
from tests.git import commit, git, make_repository, state
from tests.shipped import RULESET
from vpnlint.admission.declared_egress import DeclaredEgress
from vpnlint.check import check
from vpnlint.cli import main
from vpnlint.commands.init import render_configuration
from vpnlint.config.configuration import BASELINE_FILE, CONFIGURATION_FILE


class User:
    """Somebody in a repository who runs commands and reads what they print."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys

    def run(self, *arguments: str) -> tuple[int, str]:
        self._capsys.readouterr()
        code = main(list(arguments))
        shown = self._capsys.readouterr()
        assert shown.err == ""
        return code, shown.out

    def check(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        code, text = self.run("check", "--format", "json", *arguments)
        report: dict[str, Any] = json.loads(text)
        return code, report

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def user(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> User:
    folder = make_repository(request.param, tmp_path / "repository")
    monkeypatch.chdir(folder)
    return User(folder, capsys)


def rules(report: dict[str, Any]) -> Counter[str]:
    return Counter(finding["rule"] for finding in report["findings"])


@pytest.mark.parametrize("user", ["router-vpn"], indirect=True)
def test_a_vpn_on_the_router(user: User) -> None:
    code, report = user.check()
    assert (code, rules(report)) == (1, {"no-vpn": 2})
    before = state(user.folder)
    code, text = user.run("init")
    assert code == 0
    assert "3 files, 2 workloads with a torrent client.\n" in text
    assert "  without a VPN: HelmRelease downloads/qbittorrent, HelmRelease downloads/transmission\n" in text
    assert state(user.folder).keys() - before.keys() == {CONFIGURATION_FILE}
    # It proposes what to declare, and declares nothing by itself.
    assert user.check()[0] == 1
    file = user.folder / CONFIGURATION_FILE
    written = file.read_text(encoding="utf-8")
    assert "#   - workload: HelmRelease/downloads/qbittorrent\n#     by: router\n" in written
    assert user.run("init")[1].endswith(f"{CONFIGURATION_FILE} already exists and is left unchanged.\n")
    assert file.read_text(encoding="utf-8") == written

    declared = "\n".join(
        line.removeprefix("#").removeprefix(" ") if line[:3] in ("# e", "#  ") else line
        for line in written.split("\n")
    )
    file.write_text(declared.replace("…", "VLAN 30 leaves through WireGuard on the router"), encoding="utf-8")
    code, report = user.check("--doubts")
    assert (code, report["findings"], report["problems"]) == (0, [], [])
    assert {workload["egress"] for workload in report["workloads"]} == {"external"}
    cells = report["workloads"][0]["matrix"]["steady"]
    assert {cell["verdict"] for cell in cells.values()} == {"outside"}
    assert cells["peers"]["reason"] == "declared (router: VLAN 30 leaves through WireGuard on the router)"
    assert "outside: declared (router: VLAN 30" in user.run("matrix")[1]

    # A client that nobody declared is an error, in the same namespace too.
    source = user.folder / "apps/downloads/transmission/helmrelease.yaml"
    new = source.read_text(encoding="utf-8").replace("name: transmission", "name: new")
    (user.folder / "apps/downloads/new.yaml").write_text(new, encoding="utf-8")
    code, report = user.check()
    assert (code, [finding["workload"] for finding in report["findings"]]) == (
        1,
        ["HelmRelease downloads/new"],
    )
    # What is declared of nothing is said.
    (user.folder / "apps/downloads/new.yaml").unlink()
    source.unlink()
    assert rules(user.check()[1]) == {"unused-ignore": 1}


@pytest.mark.parametrize("user", ["router-vpn"], indirect=True)
def test_the_policies_let_through_what_is_declared(user: User) -> None:
    refused = user.run("emit", "kyverno", "--only", "no-vpn")[1]
    entries = "egress:\n  - {namespace: lab, by: vlan, reason: VLAN 30}\n"
    entries += "  - {path: apps/downloads/qbittorrent, by: router, reason: the router}\n"
    (user.folder / CONFIGURATION_FILE).write_text(
        f"{entries}  - {{path: apps, by: node, reason: too late, until: 2020-01-01}}\n", encoding="utf-8"
    )
    text = user.run("emit", "kyverno", "--only", "no-vpn")[1]
    assert "downloads" not in refused
    policy = next(document for document in libyaml.load_all(text) if document["metadata"]["name"] == "no-vpn")
    (around,) = [item["expression"] for item in policy["spec"]["variables"] if item["name"] == "around"]
    assert 'object.metadata.?namespace.orValue("") in ["lab"]' in around
    assert 'object.metadata.?name.orValue("") == "qbittorrent"' in around
    assert "transmission" not in around
    document = {"metadata": {"name": "qbittorrent-7d9f", "namespace": "downloads"}}
    declared = DeclaredEgress(("lab",), (("downloads", "qbittorrent"),))
    assert declared.condition in around
    assert declared.covers(document)
    assert declared.covers({"metadata": {"namespace": "lab"}})
    assert not declared.covers({"metadata": {"name": "qbittorrent-7d9f", "namespace": "other"}})
    assert not declared.covers({"metadata": {"name": "qbittorrentx", "namespace": "downloads"}})


@pytest.mark.parametrize("user", ["router-vpn"], indirect=True)
def test_somebody_at_a_terminal_is_asked(user: User) -> None:
    answers = iter(["router", "VLAN 30", ""])
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return next(answers)

    result = check(["."], RULESET)
    text = render_configuration(result.workloads, ask)
    assert len(asked) == 3
    assert libyaml.load(text) == {
        "egress": [{"workload": "HelmRelease/downloads/qbittorrent", "by": "router", "reason": "VLAN 30"}],
        "fail-on": "warning",
    }
    assert "#   - workload: HelmRelease/downloads/transmission\n" in text


@pytest.mark.parametrize("user", ["thirty-findings"], indirect=True)
def test_thirty_findings(user: User) -> None:
    before = state(user.folder)
    code, report = user.check()
    assert (code, len(report["findings"])) == (1, 30)
    assert state(user.folder) == before

    code, text = user.run("init", "--baseline")
    assert code == 0
    assert "15 files, 15 workloads with a torrent client." in text
    assert text.endswith("Wrote .vpnlint-baseline.json: 30 findings, all new.\n")
    assert state(user.folder).keys() - before.keys() == {BASELINE_FILE}
    commit(user.folder)

    # It is about the whole repository, from wherever it is called, and what was there is replaced.
    whole = (user.folder / BASELINE_FILE).read_text(encoding="utf-8")
    (user.folder / BASELINE_FILE).write_text("broken", encoding="utf-8")
    assert user.run("init", "--baseline", "apps/books")[1].endswith(": 30 findings, all new.\n")
    assert (user.folder / BASELINE_FILE).read_text(encoding="utf-8") == whole

    code, report = user.check()
    assert (code, report["findings"], len(report["ignored"])) == (0, [], 30)
    assert ", 30 findings in the baseline (" in user.run("check")[1]
    assert user.check("--no-baseline")[0] == 1

    # What changes nothing in what is said: lines that move, other names of containers, another form of the
    # file.
    user.edit("apps/books/deluge.yaml", "apiVersion", "# a comment\n\napiVersion")
    user.edit("apps/books/rtorrent.yaml", "- name: rtorrent", "- name: renamed")
    file = user.folder / "apps/books/transmission.yaml"
    file.write_text(json.dumps(libyaml.load(file.read_text(encoding="utf-8"))), encoding="utf-8")
    file.rename(user.folder / "apps/books/moved.yaml")
    assert user.check()[0] == 0

    user.edit(
        "apps/music/deluge.yaml",
        "      containers:\n",
        "      containers:\n        - {name: new, image: lscr.io/linuxserver/transmission:4.0.6}\n",
    )
    code, report = user.check()
    assert (code, rules(report)) == (1, {"no-vpn": 1})
    assert user.check("apps/music/deluge.yaml")[0] == 1

    git(user.folder, "checkout", "--quiet", "apps/music")
    user.edit("apps/movies/deluge.yaml", ":latest", ":2.1.1")
    code, report = user.check()
    assert (code, report["summary"]["stale"]) == (0, 1)
    code, text = user.run("check")
    assert text.endswith(" 1 finding of the baseline no longer there: vpnlint init --baseline.\n")
    code, text = user.run("init", "--baseline")
    assert text.endswith(": 29 findings, 0 new, 1 of the old one dropped.\n")
    assert user.check()[1]["summary"]["stale"] == 0
    user.edit("apps/movies/deluge.yaml", ":2.1.1", ":latest")
    assert rules(user.check()[1]) == {"floating-image-tag": 1}


@pytest.mark.parametrize("user", ["pull-request"], indirect=True)
def test_a_pull_request(user: User) -> None:
    git(user.folder, "checkout", "--quiet", "-b", "branch")
    folder = "apps/downloads"
    code, report = user.check("--since", "main")
    assert (code, report["findings"], report["summary"]["unchanged"]) == (0, [], 2)

    # main goes on meanwhile: what is new there is no matter of the branch.
    git(user.folder, "checkout", "--quiet", "main")
    user.edit(f"{folder}/transmission/helmrelease.yaml", "v3.41.1", "latest")
    commit(user.folder)
    git(user.folder, "checkout", "--quiet", "branch")

    # The branch makes something worse, mends something, and moves the rest.
    user.edit(f"{folder}/transmission/helmrelease.yaml", '"on"', '"off"')
    user.edit(f"{folder}/qbittorrent/helmrelease.yaml", "tag: latest", "tag: 5.1.2")
    user.edit(f"{folder}/qbittorrent/helmrelease.yaml", "apiVersion", "---\n# moved\napiVersion")
    before = state(user.folder)
    for committed in (False, True):
        code, report = user.check("--since", "main")
        # Without its firewall Gluetun's control server is open, too.
        assert (code, rules(report)) == (1, {"missing-kill-switch": 1, "open-control-server": 1})
        summary = report["summary"]
        assert (summary["unchanged"], summary["fixed"], summary["errors"]) == (1, 1, 1)
        assert user.check("--since", "main", f"{folder}/qbittorrent")[0] == 0
        assert user.check("--since", "main", f"{folder}/transmission/helmrelease.yaml")[0] == 1
        code, text = user.run("check", "--since", "main")
        assert re.search(
            r"^1 error and 1 warning in 2 workloads, 1 as before, 1 fixed \(2 files\)\.", text, re.MULTILINE
        )
        if not committed:
            assert state(user.folder) == before
            commit(user.folder)
    # Everything is new to a file that was not there.
    (user.folder / "new").mkdir()
    git(user.folder, "mv", f"{folder}/qbittorrent/helmrelease.yaml", "new/helmrelease.yaml")
    assert rules(user.check("--since", "HEAD")[1]) == {}
    assert rules(user.check("--since", "HEAD", "new")[1]) == {"no-vpn": 1}


@pytest.mark.parametrize("user", ["pull-request"], indirect=True)
def test_an_ignore_that_goes_is_new_and_one_that_comes_fixes_nothing(user: User) -> None:
    user.edit(
        "apps/downloads/qbittorrent/helmrelease.yaml",
        "tag: latest",
        "tag: latest  # vpnlint: ignore[floating-image-tag] a test",
    )
    code, report = user.check("--since", "HEAD")
    assert (code, report["summary"]["fixed"], report["summary"]["ignored"]) == (0, 0, 1)
    commit(user.folder)
    user.edit(
        "apps/downloads/qbittorrent/helmrelease.yaml", "  # vpnlint: ignore[floating-image-tag] a test", ""
    )
    assert rules(user.check("--since", "HEAD")[1]) == {"floating-image-tag": 1}


@pytest.mark.parametrize("user", ["pull-request"], indirect=True)
def test_each_revision_is_judged_by_its_own_configuration(user: User) -> None:
    (user.folder / ".vpnlint.yaml").write_text("exclude: [apps]\n", encoding="utf-8")
    commit(user.folder)
    assert user.check()[0] == 0
    (user.folder / ".vpnlint.yaml").unlink()
    assert rules(user.check("--since", "HEAD")[1]) == {"no-vpn": 1, "floating-image-tag": 1}
    (user.folder / ".vpnlint.yaml").write_text("broken: [\n", encoding="utf-8")
    commit(user.folder)
    (user.folder / ".vpnlint.yaml").unlink()
    assert user.check("--since", "HEAD")[0] == 0
