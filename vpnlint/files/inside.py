"""The repository's edge: no path, link, generator, values file, component or chart is read beyond it."""

from __future__ import annotations

import os

OUTSIDE = "leads outside of the repository; not read"


def find_repository(path: str) -> str:
    """Return the real path of the repository that a file or folder lies in.

    That is the nearest folder at or above it that holds `.git`, which is a file in a worktree and in a
    submodule; where there is none, the folder itself or the file's own folder.
    """
    folder = os.path.realpath(path if os.path.isdir(path) else os.path.dirname(path) or ".")
    return find_git_folder(folder) or folder


def find_git_folder(folder: str) -> str:
    """Return the nearest folder at or above one (absolute) that holds `.git`; empty where there is none."""
    here = folder
    while not os.path.lexists(os.path.join(here, ".git")):
        parent = os.path.dirname(here)
        if parent == here:
            return ""
        here = parent
    return here


def is_below(path: str, folder: str) -> bool:
    """Tell by their names alone whether a path is a folder or lies below it; both are absolute and normal."""
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def is_inside(path: str, root: str) -> bool:
    """Tell whether a path (absolute) stays in the folder `root`, as it is written and with links followed."""
    if "\0" in path:
        return False
    path = os.path.normpath(path)
    return is_below(path, root) and is_below(os.path.realpath(path), os.path.realpath(root))
