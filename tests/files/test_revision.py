"""Revisions of git repositories as folders: what git has, nothing else, and nothing outside."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.git import commit, git, state
from vpnlint.cli import main
from vpnlint.errors import UsageError
from vpnlint.files.revision import find_base, write_revision


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "apps" / "ä b").mkdir(parents=True)
    (folder / "apps" / "ä b" / "new\nline.yaml").write_bytes(b"a: \xff\r\n")
    (folder / "apps" / "link.yaml").symlink_to("ä b/new\nline.yaml")
    (folder / "apps" / "out.yaml").symlink_to("../../outside.yaml")
    (folder / "apps" / "absolute").symlink_to(tmp_path)
    (folder / "empty.yaml").write_bytes(b"")
    (folder / "picture.png").write_bytes(b"0" * (1 << 20) + b"1")
    (folder / ".gitattributes").write_text("*.yaml filter=own export-ignore\n")
    commit(folder)
    # A filter of the user's that would be run at a checkout.
    git(folder, "config", "filter.own.smudge", f"touch {tmp_path}/executed; cat")
    git(folder, "remote", "add", "origin", "https://example.org/own/repository")
    return folder


def test_the_files_of_a_commit(repository: Path, tmp_path: Path) -> None:
    (repository / "empty.yaml").write_text("changed")
    (repository / "untracked.yaml").write_text("new")
    before = state(repository)
    folder = tmp_path / "revision"
    folder.mkdir()
    write_revision(repository, find_base(repository, "main"), folder)
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    assert files == {
        ".git/config",
        ".gitattributes",
        "apps/link.yaml",
        "apps/ä b/new\nline.yaml",
        "empty.yaml",
    }
    assert (folder / "apps" / "link.yaml").read_bytes() == b"a: \xff\r\n"
    assert (folder / "empty.yaml").read_bytes() == b""
    assert "https://example.org/own/repository" in (folder / ".git" / "config").read_text()
    assert state(repository) == before
    assert not (tmp_path / "executed").exists()


def test_the_commit_at_which_a_branch_was_left(repository: Path) -> None:
    left = git(repository, "rev-parse", "HEAD").strip()
    git(repository, "checkout", "--quiet", "-b", "branch")
    commit(repository)
    git(repository, "checkout", "--quiet", "main")
    (repository / "more.yaml").write_text("a: 1\n")
    commit(repository)
    ahead = git(repository, "rev-parse", "HEAD").strip()
    git(repository, "checkout", "--quiet", "branch")
    assert find_base(repository, "main") == left
    git(repository, "checkout", "--quiet", "--orphan", "alone")
    (repository / "alone.yaml").write_text("a: 1\n")
    commit(repository)
    assert find_base(repository, "main") == ahead


def write_tree(repository: Path, listing: bytes) -> str:
    """Write a commit whose tree holds names that git itself would not check out."""
    done = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
        cwd=repository,
        input=listing,
        check=True,
        capture_output=True,
    )
    return git(repository, "commit-tree", done.stdout.decode().strip(), "-m", "hostile").strip()


@pytest.mark.parametrize("name", [b"..", b".git", b".GIT", b"."])
def test_names_that_lead_elsewhere_are_left_out(name: bytes, repository: Path, tmp_path: Path) -> None:
    blob = bytes.fromhex(git(repository, "rev-parse", "HEAD:empty.yaml").strip())
    inner = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
        cwd=repository,
        input=b"100644 evil.yaml\0" + blob,
        check=True,
        capture_output=True,
    )
    tree = bytes.fromhex(inner.stdout.decode().strip())
    hostile = write_tree(repository, b"40000 " + name + b"\0" + tree + b"100644 good.yaml\0" + blob)
    folder = tmp_path / "revision"
    folder.mkdir()
    write_revision(repository, hostile, folder)
    assert list(tmp_path.rglob("evil.yaml")) == []
    assert (folder / "good.yaml").exists()


def test_a_link_and_a_folder_of_its_name(repository: Path, tmp_path: Path) -> None:
    blob = bytes.fromhex(git(repository, "rev-parse", "HEAD:empty.yaml").strip())
    link = git(repository, "rev-parse", "HEAD:apps/absolute").strip()
    inner = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--literally", "--stdin"],
        cwd=repository,
        input=b"100644 evil.yaml\0" + blob,
        check=True,
        capture_output=True,
    )
    listing = (
        b"120000 x\0" + bytes.fromhex(link) + b"40000 x\0" + bytes.fromhex(inner.stdout.decode().strip())
    )
    folder = tmp_path / "revision"
    folder.mkdir()
    write_revision(repository, write_tree(repository, listing), folder)
    assert not (tmp_path / "evil.yaml").exists()


@pytest.mark.parametrize("reference", ["missing", "--output=x", "HEAD:empty.yaml", ""])
def test_what_is_no_commit(reference: str, repository: Path) -> None:
    with pytest.raises(UsageError, match="is no commit of this repository"):
        find_base(repository, reference)
    assert not (repository / "x").exists()


def test_outside_of_a_repository_and_for_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "a.yaml").write_text("a: 1\n")
    assert main(["check", "--since", "HEAD"]) == 2
    assert "HEAD is no commit of this repository" in capsys.readouterr().err
    monkeypatch.setenv("PATH", os.devnull)
    assert main(["check", "--since", "HEAD"]) == 2
    assert capsys.readouterr().err == "vpnlint: --since needs git, which cannot be run: Not a directory\n"
