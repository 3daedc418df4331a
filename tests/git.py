"""A git repository for a test, made of a folder of fixtures."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.checkout import FIXTURES, ROOT


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder without the user's configuration, and return what it prints."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    names = {f"GIT_{who}_{what}": "a@b" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    environment = {**kept, **names, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", "-c", "init.defaultBranch=main", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True)
    return done.stdout


def commit(folder: Path) -> None:
    """Commit all that is in a folder, which becomes a repository if it is none."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "As it stands")


def copy_checkout(folder: Path) -> Path:
    """Return a repository in the folder with this checkout as it stands, committed or not."""
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    commit(folder)
    return folder


def make_repository(name: str, folder: Path) -> Path:
    """Return a repository in the folder with what fixtures/repos/NAME holds, committed."""
    shutil.copytree(FIXTURES / "repos" / name, folder, dirs_exist_ok=True)
    commit(folder)
    return folder


def state(folder: Path) -> dict[str, bytes]:
    """Return all files of the work tree and what the index and the branches are."""
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }
    return {**files, "git": git(folder, "status", "--porcelain", "--branch").encode()}
