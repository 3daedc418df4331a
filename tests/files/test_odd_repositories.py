"""Repositories that change while they are read, or of which a part is missing: nothing else is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.repositories import ks, lay_out, pod
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.files import workspace
from vpnlint.files.reading import File, read_file
from vpnlint.results.result import Result

LISTS = "resources: [client.yaml, missing.yaml, ../gone]\n"


def _names(result: Result) -> list[str]:
    return [workload.name for workload in result.workloads]


def _repository(folder: Path, **files: str) -> Path:
    cluster = {
        "cluster/flux-system/kustomization.yaml": "resources: [sync.yaml]\n",
        "cluster/flux-system/sync.yaml": ks("flux-system", "./cluster"),
        "cluster/apps.yaml": ks("apps", "./apps"),
        "apps/client.yaml": pod("client"),
        "apps/kustomization.yaml": "resources: [client.yaml]\n",
    }
    return lay_out(folder, {**cluster, **files})


def test_a_file_that_vanishes_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = _repository(tmp_path, **{"apps/other.yaml": pod("other"), "loose/pod.yaml": pod("loose")})

    def vanish(name: str, matters: object) -> object:
        (root / "apps" / "other.yaml").unlink(missing_ok=True)
        return read_file(name, lambda _: True)

    monkeypatch.setattr(workspace, "read_file", vanish)
    result = check([str(root)], RULESET)
    assert sorted(_names(result)) == ["client", "loose"]
    assert [problem.message for problem in result.problems] == ["cannot be read: No such file or directory"]


def test_a_checkout_of_a_part(tmp_path: Path) -> None:
    """As `git sparse-checkout` leaves it: what is listed is not there."""
    root = _repository(tmp_path, **{"apps/kustomization.yaml": LISTS})
    result = check([str(root)], RULESET)
    assert _names(result) == ["client"]
    (root / "cluster" / "apps.yaml").unlink()
    assert _names(check([str(root)], RULESET)) == ["client"]


def test_git_is_a_file(tmp_path: Path) -> None:
    """In a worktree and in a submodule it names the folder that git keeps elsewhere, which is not read."""
    root = _repository(tmp_path)
    marker = root / ".git"
    if marker.is_dir():
        marker.rmdir()
    marker.write_text("gitdir: /nowhere/at/all\n", encoding="utf-8")
    whole = check([str(root)], RULESET)
    assert _names(whole) == ["client"]
    assert _names(check([str(root / "apps" / "client.yaml")], RULESET)) == ["client"]
    assert check([str(root / "cluster")], RULESET).findings == whole.findings


def test_folders_that_link_to_each_other(tmp_path: Path) -> None:
    root = _repository(tmp_path)
    (root / "apps" / "up").symlink_to(root / "cluster")
    (root / "cluster" / "down").symlink_to(root / "apps")
    (root / "cluster" / "self").symlink_to("self")
    assert _names(check([str(root)], RULESET)) == ["client"]


def test_a_file_takes_part_whatever_is_read_first(tmp_path: Path) -> None:
    """Two thousand files around it, none of which has to do with it."""
    many = {f"other/{number}.yaml": "apiVersion: v1\nkind: Event\n" for number in range(2000)}
    root = _repository(tmp_path, **many)
    result = check([str(root / "apps")], RULESET)
    assert (_names(result), result.files) == (["client"], 2)


def test_a_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = _repository(tmp_path, **{"other.yaml": "apiVersion: v1\nkind: Event\n"})
    read: list[str] = []

    def counting(name: str, matters: object) -> object:
        read.append(name)
        return File(name, Path(name).read_bytes())

    monkeypatch.setattr(workspace, "read_file", counting)
    check([str(root)], RULESET)
    assert read.count(str(root / "other.yaml")) == 1


BROKEN = "metadata:\n  name: store\n{{- if .Values.admin }}\n  memory: 1Gi\n"


def test_a_broken_file_that_names_a_client_in_a_sentence(tmp_path: Path) -> None:
    """A store's own template is no manifest; where an image may stand, it is said."""
    prose = (
        "description: nothing leaks during network transmission\n# it has nothing to do with qbittorrent\n"
    )
    root = _repository(tmp_path, **{"store/about.yaml": prose + BROKEN})
    assert check([str(root)], RULESET).problems == ()
    for line in ("image: linuxserver/qbittorrent # pinned later", "app: {image: qbittorrent, tag: 1}"):
        (root / "store" / "about.yaml").write_text(f"{line}\n{BROKEN}")
        assert len(check([str(root)], RULESET).problems) == 1, line
