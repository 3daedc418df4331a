"""Paths → the repositories that they lie in, and what of those was asked about."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from vpnlint.errors import InputError
from vpnlint.files.discover import (
    CHART,
    EMPTY,
    KUSTOMIZATIONS,
    STANDARD_INPUT,
    Walk,
    discover,
    display_path,
    find_chart_of_template,
)
from vpnlint.files.inside import find_git_folder, is_below
from vpnlint.files.listing import find_outside
from vpnlint.files.reading import File
from vpnlint.files.requested import Requested
from vpnlint.files.tree import Tree
from vpnlint.files.unread import UnreadFile, find_language, find_projects, is_manifest
from vpnlint.files.workspace import Workspace

_WORD = re.compile(rb"[^\s,\[\]{}'\"#]+")
_MANIFESTS = (b".yaml", b".yml", b":")


class Selection:
    """What a run is about: repositories, which of their files were asked about, and streams.

    named: the files (absolute) that were named themselves. near: the files of each repository that name a
    torrent client. unread: files that were asked about, that vpnlint does not read, and that may name one.
    lists_client: whether a kustomization may list a file that names one and is called as no manifest is.
    """

    def __init__(
        self,
        requested: Requested,
        concerns: Callable[[bytes], bool],
        workspaces: Sequence[Workspace] = (),
    ) -> None:
        """Take what was asked about, and what tells of bytes in lower case whether they name a client."""
        self.requested = requested
        self.concerns = concerns
        self.workspaces = [*workspaces]
        self.streams: list[File] = []
        self.named: dict[str, Workspace] = {}
        self.near: dict[Workspace, set[str]] = {}
        self.unread: list[UnreadFile] = []
        self.lists_client = False
        self.count = 0
        self.unreadable: list[InputError] = []

    @property
    def meets_client(self) -> bool:
        """Whether anything names a torrent client, by a search of its bytes."""
        return bool(self.streams) or any(self.near.values()) or self.lists_client

    def find_unread_clients(self, is_client: Callable[[str], bool]) -> tuple[InputError, ...]:
        """Return a note at each torrent client in a file that vpnlint does not read."""
        notes = [file.find_client(is_client) for file in self.unread]
        return in_order([note for note in notes if note is not None])

    def problems(self) -> tuple[InputError, ...]:
        """Return which files that were asked about cannot be read, and what is malformed in named ones."""
        found = [*self.unreadable]
        for path, workspace in self.named.items():
            tree = Tree(workspace)
            documents = tree.documents(path)
            found += tree.problems.get(tree.name(path), [])
            if os.path.basename(path) in KUSTOMIZATIONS:
                found += find_outside(documents, os.path.dirname(path), workspace)
        return in_order(found)


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


def search_workspace(
    workspace: Workspace, selection: Selection, progress: Callable[[int], None] | None = None
) -> None:
    """Read every file of a repository, and remember in the selection which name a client.

    progress: as for `select`.
    """
    near = selection.near.setdefault(workspace, set())
    for path in workspace.files:
        data = workspace.read(path)
        asked = path in selection.requested
        if asked:
            selection.count += 1
            if progress is not None:
                progress(selection.count)
        if isinstance(data, InputError):
            selection.unreadable += [data] if asked else []
        elif data is not None and selection.concerns(data.lower()):
            near.add(path)
    selection.unreadable += [problem for problem in workspace.problems if problem.file in selection.requested]
    near |= {
        os.path.join(chart, CHART) for chart in workspace.charts if _has_client(chart, workspace, selection)
    }
    manifests = [*_search_json(workspace, selection)]
    near.update(manifests)
    selection.unreadable = [
        problem
        for problem in selection.unreadable
        if problem.message != EMPTY
        or not any(is_below(path, os.path.abspath(problem.file)) for path in manifests)
    ]
    selection.unread += _search_unread(workspace, selection)
    selection.lists_client |= not near and any(_search_listed(workspace, selection))


def _has_client(chart: str, workspace: Workspace, selection: Selection) -> bool:
    """Tell whether a template of the chart in a folder names a client."""
    folders = [os.path.join(chart, "templates")]
    while folders:
        folder = folders.pop()
        for name, is_folder in workspace.folder(folder).items():
            path = os.path.join(folder, name)
            if is_folder:
                folders.append(path)
                continue
            data = workspace.read(path)
            workspace.drop(path)
            if isinstance(data, bytes) and selection.concerns(data.lower()):
                return True
    return False


def _search_unread(workspace: Workspace, selection: Selection) -> Iterator[UnreadFile]:
    """Yield the files in other languages that were asked about and may name a client."""
    projects = find_projects(workspace.files)
    for path in workspace.unread:
        language = find_language(path, projects) if path in selection.requested else ""
        data = workspace.read(path) if language else None
        workspace.drop(path)
        if isinstance(data, bytes) and selection.concerns(data.lower()):
            yield UnreadFile(path, workspace.name(path), language, data)


def _search_listed(workspace: Workspace, selection: Selection) -> Iterator[bool]:
    """Tell of each file of another ending that a kustomization may list whether it names a client."""
    for path in workspace.files:
        folder, name = os.path.split(path)
        data = workspace.read(path) if name in KUSTOMIZATIONS else None
        for word in _WORD.findall(data) if isinstance(data, bytes) else ():
            place = os.path.normpath(os.path.join(folder, os.fsdecode(word)))
            if not word.endswith(_MANIFESTS) and workspace.is_folder(place) is False:
                listed = workspace.read(place)
                workspace.drop(place)
                yield isinstance(listed, bytes) and selection.concerns(listed.lower())


def _search_json(workspace: Workspace, selection: Selection) -> Iterator[str]:
    """Yield the files in JSON that name a client: manifests, and what an ApplicationSet may read."""
    has_sets = False
    for path in [path for path in workspace.unread if path.endswith(".json")]:
        data = workspace.read(path)
        workspace.drop(path)
        if not isinstance(data, bytes) or not selection.concerns(data.lower()):
            continue
        listing = workspace.read(workspace.kustomization(os.path.dirname(path)) or path)
        others = listing if isinstance(listing, bytes) and listing is not data else b""
        if is_manifest(data) or os.path.basename(path).encode() in others:
            workspace.add(path)
            workspace.unread.remove(path)
            selection.count += path in selection.requested
            yield path
        elif has_sets := has_sets or _has_application_set(workspace):
            yield path


def _has_application_set(workspace: Workspace) -> bool:
    return any(
        isinstance(data := workspace.read(path), bytes) and b"ApplicationSet" in data
        for path in workspace.files
    )


def in_order(problems: Sequence[InputError]) -> tuple[InputError, ...]:
    """Return problems in the order of files and lines, each once."""
    once = {str(problem): problem for problem in problems}
    return tuple(sorted(once.values(), key=lambda problem: (problem.file, problem.line, problem.column)))
