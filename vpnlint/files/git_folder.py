"""What vpnlint reads of `.git`: which URLs a repository has, and whether git knows files in a folder.

Git commits no `.git`, so whoever cloned the repository made it; a copy that came otherwise may hold anything.
"""

from __future__ import annotations

import os
import re

from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.small_file import read_small_file

_REMOTE_URL = defer_pattern(r"^\s*url\s*=\s*(\S+)", re.MULTILINE)
_MOST = 1 << 20
# Version 4 shortens paths that begin alike (git 2.47, Documentation/gitformat-index.adoc).
_LONGEST_INDEX, _WHOLE_PATHS = 64 << 20, (b"DIRC\0\0\0\x02", b"DIRC\0\0\0\x03")


def read_remote_urls(root: str) -> list[str]:
    """Return the URLs of the remotes of the repository at a folder; of a worktree, the main one's."""
    git = _find_folder(root)
    common = read_small_file(os.path.join(git, "commondir"), _MOST)
    if common is not None:
        git = os.path.join(git, os.fsdecode(common).strip())
    config = read_small_file(os.path.join(git, "config"), _MOST)
    return _REMOTE_URL.findall(config.decode("utf-8", "replace")) if config is not None else []


def may_be_tracked(root: str, folder: str) -> bool:
    """Tell whether git may know a file in a folder of this name, by its index.

    False where the root is no repository, true where its index cannot be read.
    """
    if not os.path.lexists(os.path.join(root, ".git")):
        return False
    index = read_small_file(os.path.join(_find_folder(root), "index"), _LONGEST_INDEX)
    return index is None or not index.startswith(_WHOLE_PATHS) or os.fsencode(folder) + b"/" in index


def _find_folder(root: str) -> str:
    """Return the folder that git keeps its data in; in a worktree `.git` is a file that names it."""
    git = os.path.join(root, ".git")
    link = read_small_file(git, _MOST)
    return os.path.join(root, os.fsdecode(link).partition("gitdir:")[2].strip()) if link is not None else git
