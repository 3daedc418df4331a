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


def _index(root: Path) -> Index:
    workspace = Workspace(str(root))
    near = {path for path in workspace.files if b"qbittorrent" in Path(path).read_bytes()}
    index = Index(
        workspace,
        near,
        lambda data: b"qbittorrent" in data,
        lambda image: "qbittorrent" in image,
        lambda _: (),
    )
    index.build()
    return index


def test_renewing_tells_whether_anything_changed_that_others_rest_on(root: Path) -> None:
    index, path = _index(root), str(root / "apps/pod.yaml")
    index.workspace.overlay(path, f"# a comment\n{pod('qb')}")
    assert not index.renew(path)
    index.workspace.overlay(path, pod("other"))
    assert index.renew(path)


def test_what_stands_beside_a_client_is_read_once_the_client_is_there(root: Path) -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"
    (root / "apps/pod.yaml").write_text(service)
    (root / "apps/service.yaml").write_text(service)
    index = _index(root)
    assert not index.objects(str(root / "apps/service.yaml"))
    index.workspace.overlay(str(root / "apps/pod.yaml"), pod("qb"))
    assert index.renew(str(root / "apps/pod.yaml"))
    assert [item.kind for item in index.objects(str(root / "apps/service.yaml"))] == ["Service"]


def test_words_that_a_file_no_longer_holds_name_nothing(root: Path) -> None:
    mounted = pod("qb").replace("spec:", "spec:\n  volumes: [{name: v, configMap: {name: settings}}]", 1)
    (root / "apps/pod.yaml").write_text(mounted)
    (root / "apps/settings.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n")
    index = _index(root)
    assert index.names_what_matters(str(root / "apps/settings.yaml"))
    index.workspace.overlay(str(root / "apps/pod.yaml"), pod("qb"))
    index.renew(str(root / "apps/pod.yaml"))
    assert not index.names_what_matters(str(root / "apps/settings.yaml"))
