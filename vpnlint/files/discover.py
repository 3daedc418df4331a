"""Paths → the YAML files at or below them, each once, whatever links lead to it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath

from vpnlint.errors import InputError
from vpnlint.files.git_folder import may_be_tracked
from vpnlint.files.inside import OUTSIDE, find_repository, is_below
from vpnlint.files.reading import File, read_file, read_standard_input, reason
from vpnlint.files.unread import UNREAD_SUFFIXES

STANDARD_INPUT = "-"
EMPTY = "no YAML file is in this folder"

# What kustomize takes as a kustomization, the first that is there; what Helm reads of a chart.
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
CHART, VALUES = "Chart.yaml", "values.yaml"

YAML = (".yaml", ".yml")
# What others fill: it is read only where git knows files in it, for then it is a part of the repository.
_SKIPPED_FOLDERS = frozenset((".venv", "node_modules", ".terraform", "__pycache__"))


def discover(
    paths: Sequence[str],
    matters: Callable[[bytes], bool],
    is_excluded: Callable[[str], bool] = lambda _: False,
) -> Iterator[File | InputError]:
    """Yield every YAML file at or below the paths in a stable order, or why it cannot be read.

    The path `-` is standard input. matters is asked about the content (lower case) of files too large to
    parse: only one that matters is a problem. Files that git-crypt encrypted and the templates of Helm charts
    hold no manifest and are left out, as is what is_excluded tells of. UTF-16 is handed on as UTF-8.
    """
    walk = Walk()
    for path in paths:
        if path == STANDARD_INPUT:
            yield read_standard_input()
            continue
        for item in walk.find(path):
            if is_excluded(item.file if isinstance(item, InputError) else item):
                continue
            content = item if isinstance(item, InputError) else read_file(item, matters)
            if content is not None:
                yield content


def display_path(path: str) -> str:
    """Return a path as findings and problems show it: relative where it lies below the working directory."""
    if not os.path.isabs(path):
        return os.path.normpath(path)
    here = os.getcwd()
    path = os.path.normpath(path)
    if not is_below(path, here):
        return path
    return path[len(here) :].lstrip(os.sep) or "."


class Walk:
    """Finds files and remembers them by their real paths, so that none is found twice.

    unread: the files in other languages that were met below a folder. charts: the folders of the Helm charts
    with templates, which are not among the files.
    """

    def __init__(self) -> None:
        """Start with nothing found."""
        self._files: set[str] = set()
        self._folders: set[str] = set()
        self._count = 0
        self._root = ""
        self._tracked: dict[str, bool] = {}
        self.unread: list[str] = []
        self.charts: list[str] = []

    def find(self, path: str) -> Iterator[str | InputError]:
        """Yield the file at a path or the YAML files below it, or why one cannot be read.

        No link is followed out of the repository that the path lies in.
        """
        name = display_path(path)
        self._root = os.path.realpath(find_repository(path))
        try:
            is_folder = stat.S_ISDIR(os.stat(path).st_mode)
        except (OSError, ValueError) as error:
            yield InputError(name, f"cannot be read: {reason(error)}")
            return
        yield from self._folder(name) if is_folder else self._file(name)

    def below(self, root: str) -> Iterator[str | InputError]:
        """Yield every YAML file (absolute) of the repository in a folder (absolute), or why not."""
        self._root = os.path.realpath(root)
        yield from self._folder(root)

    def _leaves(self, real: str) -> bool:
        return not is_below(real, self._root)

    def _is_tracked(self, folder: str) -> bool:
        """Tell whether git may know a file in a folder of this name."""
        if folder not in self._tracked:
            self._tracked[folder] = may_be_tracked(self._root, folder)
        return self._tracked[folder]

    def _file(self, name: str) -> Iterator[str | InputError]:
        """Yield the path of a named file, unless it was found before or is a template of a Helm chart."""
        real = os.path.realpath(name)
        self._count += 1
        # `/dev/fd/3` is a link to what the shell opened: whoever names it means it.
        if self._leaves(real) and os.path.islink(name) and not name.startswith("/dev/"):
            yield InputError(name, OUTSIDE)
        elif real not in self._files and not is_template(real):
            self._files.add(real)
            yield name

    def _folder(self, name: str) -> Iterator[str | InputError]:
        """Yield the YAML files below a folder that are new: its own, then those that links lead to."""
        real = os.path.realpath(name)
        if real in self._folders:
            return
        before = self._count
        links: list[tuple[str, str]] = []
        yield from self._below(name, real, links)
        # What the links lead to may hold more of them: the list grows while it is gone through.
        for link, place in links:
            target = os.path.realpath(link)
            if not os.path.isdir(link):
                if link.endswith(YAML):
                    yield from self._file(link)
            elif self._leaves(target) or os.path.join(place, "").startswith(os.path.join(target, "")):
                # A loop harms nobody: Flux packs no links, and what is behind it is read by its own name.
                continue
            elif target not in self._folders and not is_template(os.path.join(target, "")):
                yield from self._below(link, target, links)
        if self._count == before:
            yield InputError(name, EMPTY)

    def _below(self, folder: str, real: str, links: list[tuple[str, str]]) -> Iterator[str | InputError]:
        """Yield the YAML files below a folder; add each link in it to `links`, with the folder it lies in."""
        self._folders.add(real)
        # Not recursive: folders can lie in one another deeper than Python calls itself.
        stack = [("" if folder == "." else os.path.join(folder, ""), os.path.join(real, ""))]
        while stack:
            prefix, place = stack.pop()
            try:
                with os.scandir(prefix or ".") as scan:
                    entries = sorted(scan, key=lambda entry: entry.name)
            except OSError as error:
                self._count += 1
                yield InputError(prefix.rstrip(os.sep), f"cannot be read: {reason(error)}")
                continue
            folders = []
            for entry in entries:
                name = entry.name
                yaml = name.endswith(YAML)
                if yaml and entry.is_file(follow_symlinks=False):
                    self._count += 1
                    real = place + name
                    if real not in self._files:
                        self._files.add(real)
                        yield prefix + name
                elif name == ".git" or (name in _SKIPPED_FOLDERS and not self._is_tracked(name)):
                    continue
                elif entry.is_symlink():
                    links.append((prefix + name, place))
                elif entry.is_dir(follow_symlinks=False):
                    if name == "templates" and _has_chart(entries):
                        self.charts.append(prefix.rstrip(os.sep) or ".")
                    else:
                        folders.append((prefix + name + os.sep, place + name + os.sep))
                elif name.endswith(UNREAD_SUFFIXES):
                    self.unread.append(prefix + name)
                elif yaml:
                    self._count += 1
                    yield InputError(prefix + name, "cannot be read: a pipe, a socket or a device")
            stack += reversed(folders)


def _has_chart(entries: list[os.DirEntry[str]]) -> bool:
    return any(entry.name == CHART for entry in entries)


def is_template(real: str) -> bool:
    """Tell whether a file is a template of a Helm chart: below a folder `templates` beside a Chart.yaml."""
    return bool(find_chart_of_template(real))


def find_chart_of_template(path: str) -> str:
    """Return the Chart.yaml of the chart that a file is a template of; empty if it is none."""
    folders = (folder for folder in PurePath(path).parents if folder.name == "templates")
    return next(
        (str(folder.parent / CHART) for folder in folders if os.path.exists(folder.parent / CHART)), ""
    )
