"""Writes a revision of a git repository into a folder, from git's objects alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vpnlint.errors import UsageError

# Larger files are pictures and archives: no manifest, and nothing that a manifest is made of.
_LARGEST_MANIFEST, _LARGEST_OTHER = 16 << 20, 1 << 20
_LINK, _FILES = "120000", ("100644", "100755")


class _Entry(NamedTuple):
    mode: str
    identity: str
    size: int
    path: str


def find_base(repository: Path, reference: str) -> str:
    """Return the commit at which the work tree's branch left the one that is named, or the one that is named.

    Raises UsageError where there is no such commit.
    """
    shown = _git(
        repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}"
    )
    if shown is None:
        raise UsageError(
            f"--since: {reference} is no commit of this repository; "
            "a shallow clone has to fetch it first (actions/checkout: fetch-depth: 0)"
        )
    commit = shown.decode().strip()
    base = _git(repository, "merge-base", commit, "HEAD")
    return base.decode().strip() if base is not None else commit


def write_revision(repository: Path, commit: str, folder: Path) -> None:
    """Write the files of a commit into an empty folder, which then looks like a repository of its own.

    No filter and no hook runs; a link that leads out of the folder is left out, as is whatever git itself
    would not check out (`..`, `.git`).
    """
    marker = folder / ".git"
    marker.mkdir()
    config = _git(repository, "rev-parse", "--path-format=absolute", "--git-path", "config")
    if config is not None and os.path.isfile(config.decode().strip()):
        # Its remotes tell which repository this is.
        shutil.copyfile(config.decode().strip(), marker / "config")
    listing = _git(repository, "ls-tree", "-r", "-z", "--long", "--full-tree", commit)
    if listing is None:
        raise UsageError(f"--since: git cannot list the files of {commit}")
    entries = list(_entries(listing))
    wanted = "".join(f"{entry.identity}\n" for entry in entries).encode()
    batch = _git(repository, "cat-file", "--batch", given=wanted) or b""
    at = 0
    for entry in entries:
        header, _, _ = batch[at : at + 200].partition(b"\n")
        start = at + len(header) + 1
        content = batch[start : start + entry.size]
        at = start + entry.size + 1
        if header.split()[:1] != [entry.identity.encode()] or len(content) != entry.size:
            raise UsageError(f"--since: git has not all files of {commit}")
        _write(folder, entry, content)


def _entries(listing: bytes) -> Iterator[_Entry]:
    for line in os.fsdecode(listing).split("\0"):
        about, _, path = line.partition("\t")
        if not path:
            continue
        mode, _, identity, size = about.split()
        steps = path.split("/")
        is_safe = not any(step.lower() in ("", ".", "..", ".git") for step in steps)
        largest = _LARGEST_MANIFEST if path.endswith((".yaml", ".yml")) else _LARGEST_OTHER
        if is_safe and (mode == _LINK or mode in _FILES) and int(size) <= largest:
            yield _Entry(mode, identity, int(size), path)


def _write(folder: Path, entry: _Entry, content: bytes) -> None:
    path = folder / entry.path
    if not os.path.realpath(path.parent).startswith(os.path.join(folder, "")[:-1]):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if entry.mode != _LINK:
        path.write_bytes(content)
        return
    target = os.path.normpath(os.path.join(path.parent, os.fsdecode(content)))
    if os.path.join(target, "").startswith(os.path.join(folder, "")) and b"\0" not in content:
        path.symlink_to(os.fsdecode(content))


def _git(repository: Path, *arguments: str, given: bytes = b"") -> bytes | None:
    """Return what git prints, or None where it fails. Raises UsageError where there is no git."""
    command = ["git", "-C", str(repository), "-c", "core.fsmonitor=false", *arguments]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=False, env=environment)
    except OSError as error:
        raise UsageError(f"--since needs git, which cannot be run: {error.strerror}") from error
    return done.stdout if done.returncode == 0 else None
