"""Paths → the repositories that they lie in, opened and searched."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence

from vpnlint.errors import InputError
from vpnlint.files.client_search import search_workspace
from vpnlint.files.discover import (
    STANDARD_INPUT,
    Walk,
    discover,
    display_path,
    find_chart_of_template,
)
from vpnlint.files.inside import find_git_folder, is_below
from vpnlint.files.requested import Requested
from vpnlint.files.selection import Selection
from vpnlint.files.workspace import Workspace


def select(
    paths: Sequence[str],
    concerns: Callable[[bytes], bool],
    progress: Callable[[int], None] | None = None,
    *,
    rendered: bool = False,
    is_excluded: Callable[[str], bool] = lambda _: False,
    overlays: Mapping[str, str] | None = None,
) -> Selection:
    """Read the files of the repositories that the paths lie in, once.

    concerns tells of bytes in lower case whether they name a torrent client. progress is told how many files
    that were asked about were read so far. rendered: all files are streams, and nothing around them is read.
    is_excluded tells of a file whether the configuration leaves it out. overlays: texts that stand in for
    files (absolute), of which each counts for the repository that it lies in.
    """
    # A template is judged as a part of its chart.
    paths = [find_chart_of_template(path) or path for path in paths] if not rendered else paths
    selection = Selection(Requested(paths, is_excluded), concerns)
    streams = [path for path in paths if rendered or path == STANDARD_INPUT]
    for item in discover(streams, concerns, is_excluded):
        if isinstance(item, InputError):
            selection.unreadable.append(item)
        else:
            selection.streams.append(item)
            selection.count += 1
            if progress is not None:
                progress(selection.count)
    if not rendered:
        _open_repositories([path for path in paths if path != STANDARD_INPUT], selection)
    for workspace in selection.workspaces:
        for path, text in (overlays or {}).items():
            if is_below(path, workspace.root):
                workspace.overlay(path, text)
        search_workspace(workspace, selection, progress)
    return selection


def _open_repositories(paths: Sequence[str], selection: Selection) -> None:
    """Open the repository of each path; of files outside of any, only the files themselves."""
    folders: list[str] = []
    loose: dict[str, list[str]] = {}
    named: list[tuple[str, str]] = []
    for path in paths:
        for item in Walk().find(path) if not _is_folder(path) else ():
            if isinstance(item, InputError):
                selection.unreadable.append(item)
                continue
            file = os.path.abspath(item)
            folder = os.path.dirname(file)
            root = _root(folder)
            named.append((file, root or folder))
            if root:
                folders.append(root)
            else:
                loose.setdefault(folder, []).append(file)
        if _is_folder(path):
            folder = os.path.abspath(path)
            folders.append(_root(folder) or folder)
            selection.unreadable += _empty(path)
    roots = [
        root
        for root in dict.fromkeys(folders)
        if not any(is_below(root, other) for other in folders if other != root and not _has_git(root))
    ]
    opened = {root: Workspace(root, selection.concerns) for root in roots}
    for folder, files in loose.items():
        if not any(is_below(folder, root) for root in roots):
            opened[folder] = Workspace(folder, selection.concerns, dict.fromkeys(files))
    selection.workspaces += opened.values()
    for file, root in named:
        workspace = opened.get(root) or next(item for known, item in opened.items() if is_below(root, known))
        # A program is no YAML though it was named; `unread` is known once `files` are.
        if workspace.files and file in workspace.unread and not file.endswith(".json"):
            continue
        workspace.add(file)
        selection.named[file] = workspace


def _root(folder: str) -> str:
    """Return the git repository that a folder (absolute) lies in, as written or with links followed."""
    return find_git_folder(folder) or find_git_folder(os.path.realpath(folder))


def _has_git(folder: str) -> bool:
    return find_git_folder(folder) == folder


def _is_folder(path: str) -> bool:
    return os.path.isdir(path)


def _empty(path: str) -> Iterator[InputError]:
    """Yield the problem that no YAML file lies below a folder that was named."""
    for item in Walk().find(path):
        if isinstance(item, InputError) and item.file == display_path(path):
            yield item
        return
