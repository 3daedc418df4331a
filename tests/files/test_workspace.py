"""A repository's files as one owner reads them: each once, anew where one changed, with an editor's text in
place of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.repositories import lay_out, pod
from vpnlint.files.index import Index
from vpnlint.files.inside import OUTSIDE
from vpnlint.files.workspace import Workspace


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return lay_out(tmp_path, {"apps/pod.yaml": pod("qb"), "apps/note.txt": "a\n"})


def test_a_file_is_read_once_until_it_is_forgotten(root: Path) -> None:
    workspace, path = Workspace(str(root)), str(root / "apps/pod.yaml")
    assert workspace.files == [path]
    before = workspace.text(path)
    (root / "apps/pod.yaml").write_text("kind: Pod\n")
    assert workspace.text(path) == before
    workspace.forget(path)
    assert workspace.text(path) == "kind: Pod\n"


def test_an_overlay_stands_in_for_a_file_until_it_is_forgotten(root: Path) -> None:
    workspace, path = Workspace(str(root)), str(root / "apps/pod.yaml")
    workspace.overlay(path, "kind: Draft\n")
    workspace.drop(path)
    assert workspace.text(path) == "kind: Draft\n"
    assert workspace.read(path) == b"kind: Draft\n"
    workspace.forget(path)
    assert workspace.text(path) == pod("qb")


def test_a_file_that_vanished_is_forgotten(root: Path) -> None:
    workspace, path = Workspace(str(root)), str(root / "apps/pod.yaml")
    assert workspace.is_folder(path) is False
    (root / "apps/pod.yaml").unlink()
    workspace.forget(path)
    assert (workspace.files, workspace.is_folder(path)) == ([], None)


def test_nothing_outside_is_there(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "secret.yaml").write_text("canary\n")
    (root / "out").symlink_to(other)
    workspace = Workspace(str(root))
    for path in (str(other), str(other / "secret.yaml"), str(root / "out"), str(root / "out/secret.yaml")):
        assert workspace.is_folder(path) is None
        assert not workspace.contains(path)
    assert str(workspace.read(str(root / "out/secret.yaml"))).endswith(OUTSIDE)


def test_the_facts_of_one_file_are_renewed(root: Path) -> None:
    workspace, path = Workspace(str(root)), str(root / "apps/pod.yaml")
    index = Index(
        workspace,
        {path},
        lambda data: b"qbittorrent" in data,
        lambda image: "qbittorrent" in image,
        lambda _: (),
    )
    index.build()
    assert [(item.kind, item.name, item.client) for item in index.objects(path)] == [("Pod", "qb", True)]
    workspace.overlay(path, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n")
    index.renew(path)
    assert [(item.kind, item.name, item.client) for item in index.objects(path)] == [
        ("ConfigMap", "settings", False)
    ]
    assert not index.is_near(path)
