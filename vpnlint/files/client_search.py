"""Finds the files of a repository that name a torrent client, by a search of their bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping

from vpnlint.errors import InputError
from vpnlint.files.chart_homes import list_chart_homes
from vpnlint.files.discover import CHART, EMPTY, KUSTOMIZATIONS, VALUES
from vpnlint.files.inside import is_below
from vpnlint.files.selection import Selection
from vpnlint.files.unread import UnreadFile, find_language, find_manifest_language, find_projects, is_manifest
from vpnlint.files.workspace import Workspace
from vpnlint.source.deferred_pattern import defer_pattern

_WORD = defer_pattern(rb"[^\s,\[\]{}'\"#]+")
_MANIFESTS = (b".yaml", b".yml", b":")
# How many bytes are searched at once.
_TOGETHER = 1 << 15


def search_workspace(
    workspace: Workspace, selection: Selection, progress: Callable[[int], None] | None = None
) -> None:
    """Read every file of a repository, and remember in the selection which name a client.

    progress: as for `select`.
    """
    near = selection.near.setdefault(workspace, set())
    search = _Search(selection.concerns)
    for path in workspace.files:
        data = workspace.read(path)
        asked = path in selection.requested
        if asked:
            selection.count += 1
            if progress is not None:
                progress(selection.count)
        if isinstance(data, InputError):
            selection.unreadable += [data] if asked else []
        elif data is not None:
            search.add(path, data)
    near.update(search.finish())
    selection.unreadable += [problem for problem in workspace.problems if problem.file in selection.requested]
    near |= {
        os.path.join(chart, CHART) for chart in workspace.charts if _has_client(chart, workspace, selection)
    }
    near |= _find_parent_charts(near, workspace)
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


class _Search:
    """Searches files for the name of a client, many small ones at once: most name none."""

    def __init__(self, concerns: Callable[[bytes], bool]) -> None:
        self._concerns = concerns
        self._found: list[str] = []
        self._waiting: list[tuple[str, bytes]] = []
        self._size = 0

    def add(self, path: str, data: bytes) -> None:
        """Search a file, now or together with the next ones."""
        self._waiting.append((path, data.lower()))
        self._size += len(data)
        if self._size > _TOGETHER:
            self._search()

    def finish(self) -> list[str]:
        """Return the files that name a client."""
        self._search()
        return self._found

    def _search(self) -> None:
        if self._concerns(b"\n".join(data for _, data in self._waiting)):
            self._found += [path for path, data in self._waiting if self._concerns(data)]
        self._waiting, self._size = [], 0


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


def _find_parent_charts(near: Collection[str], workspace: Workspace) -> set[str]:
    """Return the Chart.yaml of each chart of which a dependency in the repository names a client."""
    found: set[str] = set()
    waiting = [os.path.dirname(path) for path in near if os.path.basename(path) in (CHART, VALUES)]
    if not waiting:
        return found
    parents: dict[str, list[str]] = {}
    for path in workspace.files:
        if os.path.basename(path) == CHART:
            for home in list_chart_homes(os.path.dirname(path), workspace):
                parents.setdefault(home, []).append(path)
    while waiting:
        for path in parents.pop(waiting.pop(), ()):
            found.add(path)
            waiting.append(os.path.dirname(path))
    return found


def _search_unread(workspace: Workspace, selection: Selection) -> Iterator[UnreadFile]:
    """Yield the files asked about that may name a client in other languages, and the data of those."""
    projects = find_projects(workspace.files)
    found: list[UnreadFile] = []
    for path in workspace.unread:
        language = find_language(path, projects) if path in selection.requested else ""
        data = workspace.read(path) if language else None
        workspace.drop(path)
        if isinstance(data, bytes) and selection.concerns(data.lower()):
            found.append(UnreadFile(path, workspace.name(path), language, data))
    data_files = {os.path.basename(file.path).encode() for file in found if file.path.endswith(".json")}
    importers = _find_importers(workspace, data_files, projects) if data_files else {}
    for file in found:
        language = importers.get(os.path.basename(file.path).encode(), "")
        yield file._replace(language=f"the {language} that imports it") if language else file


def _find_importers(
    workspace: Workspace, names: Collection[bytes], projects: Mapping[str, str]
) -> dict[bytes, str]:
    """Return those of the names of files that a file which writes manifests holds, each with its language."""
    importers: dict[bytes, str] = {}
    for path in workspace.unread:
        language = find_manifest_language(path, projects)
        data = workspace.read(path) if language else None
        workspace.drop(path)
        for word in _WORD.findall(data) if isinstance(data, bytes) else ():
            name = word.rpartition(b"/")[2]
            if name in names:
                importers[name] = language
    return importers


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
    manifests: set[str] = set()
    for path in [path for path in workspace.unread if path.endswith(".json")]:
        data = workspace.read(path)
        workspace.drop(path)
        if not isinstance(data, bytes) or not selection.concerns(data.lower()):
            continue
        listing = workspace.read(workspace.kustomization(os.path.dirname(path)) or path)
        others = listing if isinstance(listing, bytes) and listing is not data else b""
        if is_manifest(data) or os.path.basename(path).encode() in others:
            workspace.add(path)
            manifests.add(path)
            selection.count += path in selection.requested
            yield path
        elif has_sets := has_sets or _has_application_set(workspace):
            yield path
    workspace.unread[:] = [path for path in workspace.unread if path not in manifests]


def _has_application_set(workspace: Workspace) -> bool:
    return any(
        isinstance(data := workspace.read(path), bytes) and b"ApplicationSet" in data
        for path in workspace.files
    )
