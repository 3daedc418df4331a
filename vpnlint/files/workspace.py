"""The files of one repository: each read once, by one owner, and never one beyond the repository's edge."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator

from vpnlint.errors import InputError
from vpnlint.files.discover import CHART, KUSTOMIZATIONS, YAML, Walk, display_path, is_template
from vpnlint.files.inside import OUTSIDE, is_below, is_inside
from vpnlint.files.parsed_files import ParsedFiles
from vpnlint.files.reading import File, decode, read_file

_JSON = ".json"


class Workspace:
    """Reads the files and folders of a repository by their absolute paths, and remembers what it read.

    A text of an editor's buffer may stand in for a file, and what is known of one file can be forgotten.
    """

    def __init__(
        self,
        root: str = os.sep,
        matters: Callable[[bytes], bool] = lambda _: True,
        only: Collection[str] | None = None,
    ) -> None:
        """Take the repository's folder (absolute), and what tells whether content too large to parse matters.

        only: the files (absolute) that the repository consists of, where it is not all of the folder.
        """
        self.root = root
        self._matters = matters
        self._only = only
        self._data: dict[str, bytes | InputError | None] = {}
        self._overlays: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._folders: dict[str, dict[str, bool]] = {}
        self._listings: dict[str, list[str]] = {}
        self._canonical: dict[str, str] = {}
        self._files: dict[str, None] | None = None
        self.parsed = ParsedFiles()
        """Documents that were parsed already."""
        self.size = 0
        """How many bytes were read."""
        self.problems: list[InputError] = []
        self.unread: list[str] = []
        """The files in languages that vpnlint does not read, once `files` are known."""
        self.charts: list[str] = []
        """The folders of the Helm charts with templates, once `files` are known."""

    @property
    def files(self) -> list[str]:
        """The YAML files of the repository (absolute) in a stable order; `problems` lists unreadable ones."""
        if self._files is None:
            self._files = {}
            if self._only is not None:
                self._files = {path: None for path in self._only if not is_template(path)}
            else:
                walk = Walk()
                for item in walk.below(self.root):
                    if isinstance(item, InputError):
                        self.problems.append(InputError(self.name(item.file), item.message))
                    else:
                        self._files[item] = None
                self.unread, self.charts = walk.unread, walk.charts
        return [*self._files]

    def add(self, path: str) -> None:
        """Take a file (absolute) as one of the repository whatever it is called, as it was named."""
        files = self.files
        if path not in files and self._files is not None:
            self._files[path] = None

    def name(self, path: str) -> str:
        """Return what users see of an absolute path."""
        if path not in self._names:
            self._names[path] = display_path(path)
        return self._names[path]

    def contains(self, path: str) -> bool:
        """Tell whether a path (absolute) stays in the repository, as written and with links followed."""
        if "\0" in path:
            return False  # no system has such a name
        if self.root == os.sep or path == self.root:
            return True
        parent, name = os.path.split(path)
        names = self.folder(parent)
        # No link that leads outside is among the names.
        if name in names or (names and not os.path.islink(path)):
            return True
        return is_inside(path, self.root)

    def folder(self, folder: str) -> dict[str, bool]:
        """Return what lies in a folder: name → whether it is a folder. Empty where it is none, or outside."""
        known = self._folders
        below: list[str] = []
        here = folder
        while here not in known:
            below.append(here)
            if here == self.root or self.root == os.sep:
                break
            here = os.path.dirname(here)
            if not is_below(here, self.root):
                known[here] = {}
        # What the folder above lists as one is a folder, and inside: each is asked of the disk once.
        for here in reversed(below):
            is_listed = here == self.root or self.root == os.sep
            is_listed = is_listed or known[os.path.dirname(here)].get(os.path.basename(here), False)
            known[here] = dict(self._entries(here)) if is_listed else {}
        return known[folder]

    def _entries(self, folder: str) -> Iterator[tuple[str, bool]]:
        try:
            with os.scandir(folder) as scan:
                for entry in sorted(scan, key=_entry_name):
                    if not entry.is_symlink() or is_inside(entry.path, self.root):
                        yield entry.name, entry.is_dir()
        except (OSError, ValueError):
            return

    def is_folder(self, path: str) -> bool | None:
        """Tell whether a folder (True) or a file (False) is at a path; None where nothing is, or outside."""
        if path == self.root:
            return os.path.isdir(path)
        parent, name = os.path.split(path)
        return self.folder(parent).get(name)

    def canonical(self, path: str) -> str:
        """Return the one path by which the repository knows what is at a path: no folder of it is a link."""
        folder = os.path.dirname(path)
        if folder not in self._canonical:
            parent = os.path.dirname(folder)
            if self._canonical.get(parent) == parent and not os.path.islink(folder):
                self._canonical[folder] = folder
            else:
                real, root = os.path.realpath(folder), os.path.realpath(self.root)
                self._canonical[folder] = self.root + real[len(root) :] if is_below(real, root) else folder
        return os.path.join(self._canonical[folder], os.path.basename(path)) if path != self.root else path

    def kustomization(self, folder: str) -> str | None:
        """Return the path of the folder's kustomization file, or None where it has none."""
        names = self.folder(folder)
        name = next((name for name in KUSTOMIZATIONS if names.get(name) is False), None)
        return os.path.join(folder, name) if name is not None else None

    def listing(self, folder: str) -> list[str]:
        """Return what Flux and Argo CD take of a folder without a kustomization.

        That is every manifest below it, and the folders that have a kustomization. Manifests in JSON are
        among them, if they were added to `files`; Flux passes over those.

        Source: fluxcd/pkg kustomize v1.18, kustomize_generator.go (scanManifests, which walks without
        following links).
        """
        if folder not in self._listings:
            found: list[str] = []
            stack = [folder]
            while stack:
                here = stack.pop()
                for name, is_folder in self.folder(here).items():
                    path = os.path.join(here, name)
                    if is_folder and self.kustomization(path) is not None:
                        found.append(path)
                    elif is_folder:
                        if name != ".git" and not os.path.islink(path):
                            stack.append(path)
                    elif self._is_manifest(path):
                        found.append(path)
            self._listings[folder] = sorted(found)
        return self._listings[folder]

    def list_manifests(self, folder: str, *, recurse: bool) -> list[str]:
        """Return the manifests right in a folder, or also those below it, in order.

        They are listed whatever kustomizations or charts are there, but for the templates of charts.
        """
        found: list[str] = []
        stack = [folder]
        while stack:
            here = stack.pop()
            names = self.folder(here)
            for name, is_folder in names.items():
                path = os.path.join(here, name)
                is_left = name == ".git" or (name == "templates" and CHART in names) or os.path.islink(path)
                if is_folder and recurse and not is_left:
                    stack.append(path)
                elif not is_folder and name not in KUSTOMIZATIONS and self._is_manifest(path):
                    found.append(path)
        return sorted(found)

    def _is_manifest(self, path: str) -> bool:
        name = os.path.basename(path)
        is_yaml = name.endswith(YAML) or (name.endswith(_JSON) and path in (self._files or ()))
        return is_yaml and not name.startswith(".")

    def read(self, path: str) -> bytes | InputError | None:
        """Return a file's bytes, or why not; None where it is encrypted, or too large to matter."""
        if path not in self._data:
            # What was found by walking through the repository lies in it.
            if path not in (self._files or ()) and not self.contains(path):
                self._data[path] = InputError(self.name(path), OUTSIDE)
            else:
                file = read_file(self.name(path), self._matters)
                self._data[path] = file.data if isinstance(file, File) else file
                self.size += len(file.data) if isinstance(file, File) else 0
        return self._data[path]

    def text(self, path: str) -> str | InputError | None:
        """Return a file's text, or why not; None where it is encrypted, or too large to matter."""
        if path in self._overlays:
            return self._overlays[path]
        data = self.read(path)
        if data is None or isinstance(data, InputError):
            return data
        try:
            return decode(File(self.name(path), data))
        except InputError as error:
            return error

    def drop(self, path: str) -> None:
        """Drop the bytes of a file that nobody will ask for soon: memory is not without end."""
        if path not in self._overlays:
            self._data.pop(path, None)

    def overlay(self, path: str, text: str) -> None:
        """Let a text stand in for a file, such as what an editor has not saved yet."""
        if path not in self._overlays:
            self.forget(path)
        self.parsed.forget(path)
        self._overlays[path] = text
        self._data[path] = text.encode("utf-8", "surrogatepass")
        if self._files is not None and path.endswith(YAML) and is_below(path, self.root):
            self._files.setdefault(path)

    def forget(self, path: str) -> None:
        """Forget what is known of a file and of what lies beside it, to read it anew from the disk."""
        self._overlays.pop(path, None)
        self._data.pop(path, None)
        self.parsed.forget(path)
        self._folders.pop(os.path.dirname(path), None)
        self._listings.clear()
        if self._files is not None and not os.path.exists(path):
            self._files.pop(path, None)


def _entry_name(entry: os.DirEntry[str]) -> str:
    return entry.name
