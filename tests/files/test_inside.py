"""The repository's edge, as it is written and through links."""

from __future__ import annotations

from pathlib import Path

import pytest

from vpnlint.files.inside import find_repository, is_inside


@pytest.mark.parametrize("is_file", [False, True], ids=["folder", "file"])
def test_a_repository_is_the_folder_that_holds_git(tmp_path: Path, is_file: bool) -> None:
    """A worktree and a submodule have a file there."""
    git = tmp_path / "repository/.git"
    git.parent.mkdir()
    if is_file:
        git.write_text("gitdir: /elsewhere\n")
    else:
        git.mkdir()
    (tmp_path / "repository/apps").mkdir()
    for path in ("repository", "repository/apps", "repository/apps/pod.yaml"):
        assert find_repository(str(tmp_path / path)) == str(tmp_path / "repository")


def test_without_git_it_is_the_folder_given_or_that_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "apps").mkdir()
    assert find_repository(str(tmp_path / "apps")) == str(tmp_path / "apps")
    assert find_repository(str(tmp_path / "apps/pod.yaml")) == str(tmp_path / "apps")


def test_what_leads_outside(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    (tmp_path / "repository-2").mkdir()
    (root / "out").symlink_to("../repository-2")
    (root / "in").symlink_to(".")
    inside = {
        path: is_inside(f"{root}/{path}", str(root))
        for path in (
            "",
            "apps",
            "in/apps",
            "..",
            "apps/../..",
            "../repository-2",
            "out",
            "out/pod.yaml",
            "a\0b",
        )
    }
    assert [path for path, is_in in inside.items() if is_in] == ["", "apps", "in/apps"]
