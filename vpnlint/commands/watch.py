"""Runs a command again whenever a file in its repositories changes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from vpnlint.files.discover import STANDARD_INPUT
from vpnlint.files.inside import find_repository
from vpnlint.report.terminal import write_text

INTERVAL = 0.5
_SKIPPED = frozenset((".git", ".venv", "node_modules", ".terraform", "__pycache__"))
_CLEAR = "\x1b[H\x1b[2J\x1b[3J"
_Snapshot: TypeAlias = dict[str, tuple[int, int]]


def watch(paths: Sequence[str], run: Callable[[], int]) -> int:
    """Call `run` now and after each change until the user interrupts, and return its last exit code."""
    code = 0
    try:
        while True:
            before = _take_snapshot(paths)
            if sys.stdout.isatty():
                write_text(sys.stdout, _CLEAR)
            code = run()
            write_text(sys.stderr, "vpnlint: waiting for a change; Ctrl-C ends\n")
            while _take_snapshot(paths) == before:
                time.sleep(INTERVAL)
    except KeyboardInterrupt:
        return code


def _take_snapshot(paths: Sequence[str]) -> _Snapshot:
    """Return the modification time and the size of each file in the repositories."""
    roots = dict.fromkeys(find_repository(path) for path in paths if path != STANDARD_INPUT)
    return {
        entry.path: (state.st_mtime_ns, state.st_size) for root in roots for entry, state in _walk_files(root)
    }


def _walk_files(folder: str) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    folders = [folder]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name not in _SKIPPED:
                            folders.append(entry.path)
                    else:
                        yield entry, entry.stat(follow_symlinks=False)
        except OSError:
            continue  # gone since it was listed, or unreadable, which the run itself reports
