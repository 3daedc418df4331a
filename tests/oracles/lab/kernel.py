"""Namespaces and mounts by system call, which Python itself has from 3.12 on in part; Linux alone."""

from __future__ import annotations

import ctypes
import os
import signal
from functools import cache
from pathlib import Path

# linux/sched.h, linux/mount.h, linux/prctl.h
_NEW_MOUNTS, _NEW_PIDS, _NEW_NETWORK = 0x00020000, 0x20000000, 0x40000000
_RECURSIVE, _PRIVATE = 0x4000, 0x40000
_PARENT_DEATH_SIGNAL = 1


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: bytes | int | None) -> None:
    if getattr(_library(), name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def leave_namespaces() -> None:
    """Give this process mounts and a network of its own, and its next child a pid namespace.

    Raises OSError without the right to.
    """
    _call("unshare", _NEW_MOUNTS | _NEW_PIDS | _NEW_NETWORK)
    _call("mount", b"none", b"/", None, _RECURSIVE | _PRIVATE, None)


def enter_network(name: str) -> None:
    """Move this thread to a network namespace of `ip netns`; raises OSError when there is none."""
    with Path("/run/netns", name).open() as namespace:
        _call("setns", namespace.fileno(), _NEW_NETWORK)


def mount(kind: str, place: str | Path, options: str = "") -> None:
    """Mount a new file system of that kind, such as tmpfs."""
    _call("mount", kind.encode(), os.fsencode(place), kind.encode(), 0, options.encode())


def keep_changes(place: str, beside: Path) -> None:
    """Let what is written below `place` from now on be seen by this process and its children alone.

    It goes into memory; `beside` is a new folder for that.
    """
    beside.mkdir()
    mount("tmpfs", beside)
    changed, work = beside / "changed", beside / "work"
    changed.mkdir()
    work.mkdir()
    mount("overlay", place, f"lowerdir={place},upperdir={changed},workdir={work}")


def end_with_parent() -> None:
    """Let the kernel kill this process when its parent dies."""
    _call("prctl", _PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
