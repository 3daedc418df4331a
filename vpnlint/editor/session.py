"""The folders and documents of an editor, and the results for them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lsprotocol.types import Diagnostic

from vpnlint.config.configuration import CONFIGURATION_FILE, Configuration
from vpnlint.config.settings import Settings, read_settings
from vpnlint.editor.diagnostics import make_diagnostics, make_problem
from vpnlint.editor.loose_file import judge_text
from vpnlint.editor.positions import TextPositions
from vpnlint.editor.warm_repository import WarmRepository, find_error
from vpnlint.errors import BrokenSettings, InputError
from vpnlint.files.inside import find_git_folder, is_below
from vpnlint.results.finding import Finding
from vpnlint.results.result import JudgedWorkload, Result
from vpnlint.ruleset.ruleset import Ruleset, load_rules


class Session:
    """The folders and documents of an editor, judged together after each change.

    It is used by one thread at a time.
    """

    def __init__(self, encoding: str) -> None:
        """Take the units in which the client counts the characters of a line."""
        self._encoding = encoding
        self._default: Ruleset = load_rules()
        self._folders: dict[str, WarmRepository] = {}
        self._settings: dict[str, Settings] = {}
        self._broken_settings: dict[str, tuple[InputError, ...]] = {}
        self._results: dict[str, Result] = {}
        self._texts: Mapping[str, str] = {}
        self._good: dict[str, str] = {}
        self._errors: dict[str, InputError] = {}
        self._positions: dict[str, TextPositions] = {}

    def update(
        self, folders: Sequence[str], texts: Mapping[str, str], *, reread: bool
    ) -> dict[str, list[Diagnostic]]:
        """Judge what changed, and return the diagnostics of each file (absolute) that has any.

        folders: those that the editor has open (absolute). texts: those of its documents by their paths
        (absolute). reread: files on the disk changed.
        """
        before, self._texts = self._texts, dict(texts)
        changed = {path for path in {*before, *texts} if before.get(path) != texts.get(path)}
        self._forget_closed()
        wanted = self._wanted_folders(folders)
        for folder in [*self._folders]:
            if reread or folder not in wanted or self._decides_settings(folder, changed):
                self._close(folder)
        for folder in wanted:
            self._update_folder(folder, changed)
        for path in [path for path in self._results if path not in self._folders]:
            del self._results[path]
        for path, text in texts.items():
            if not any(is_below(path, folder) for folder in wanted):
                self._results[path] = judge_text(path, text, self._default)
        return self._diagnostics()

    def text(self, path: str) -> str | None:
        """Return the text of an open document by its path (absolute); None if it is not open."""
        return self._texts.get(path)

    def positions(self, path: str) -> TextPositions:
        """Return the places in a file (absolute), as the editor shows it."""
        text = self._texts.get(path)
        if text is None:
            read = (
                warm.workspace.text(path) for warm in self._folders.values() if warm.workspace.contains(path)
            )
            text = next((item for item in read if isinstance(item, str)), "")
        known = self._positions.get(path)
        if known is None or known.text != text:
            known = TextPositions(text, self._encoding)
            self._positions[path] = known
        return known

    def is_broken(self, path: str) -> bool:
        """Tell whether the results for a file (absolute) are those of an earlier text."""
        return path in self._errors

    def findings(self, path: str) -> list[Finding]:
        """Return the findings in a file (absolute), notices too."""
        findings = (
            finding
            for result in self._results.values()
            for finding in result.select_findings(notices=True)
            if os.path.abspath(finding.span.file) == path
        )
        return [*dict.fromkeys(findings)]

    def workloads(self, path: str) -> list[tuple[JudgedWorkload, list[Finding]]]:
        """Return the workloads of a file (absolute), each with the findings of its run."""
        found: list[tuple[JudgedWorkload, list[Finding]]] = []
        for result in self._results.values():
            for workload in result.workloads:
                known = any(workload == other for other, _ in found)
                if os.path.abspath(workload.file) == path and not known:
                    found.append((workload, [*result.select_findings(notices=True)]))
        return found

    def ruleset(self, path: str) -> Ruleset:
        """Return the rules that hold for a file (absolute)."""
        folder = self.folder_of(path)
        return self._settings[folder].ruleset if folder is not None else self._default

    def repository(self, path: str) -> WarmRepository | None:
        """Return the repository that a file (absolute) is read in; None where it is judged alone."""
        folder = self.folder_of(path)
        return self._folders[folder] if folder is not None else None

    def result(self, path: str) -> Result | None:
        """Return the Result for the folder that a file (absolute) is in."""
        return self._results.get(self.folder_of(path) or path)

    def folder_of(self, path: str) -> str | None:
        """Return the innermost folder that a file (absolute) is in."""
        return max((folder for folder in self._folders if is_below(path, folder)), key=len, default=None)

    def _wanted_folders(self, folders: Sequence[str]) -> list[str]:
        """Return the folders to judge; those of the documents' git repositories where the editor has none."""
        known = [folder for folder in dict.fromkeys(folders) if os.path.isdir(folder)]
        if known:
            return known
        return [
            *dict.fromkeys(filter(None, (find_git_folder(os.path.dirname(path)) for path in self._texts)))
        ]

    def _decides_settings(self, folder: str, changed: Iterable[str]) -> bool:
        """Tell whether a change affects the configuration or the rules of a folder."""
        configuration = self._settings[folder].configuration
        rules = [str(path) for path in configuration.rules]
        return any(
            os.path.basename(path) == CONFIGURATION_FILE or any(is_below(path, place) for place in rules)
            for path in changed
        )

    def _update_folder(self, folder: str, changed: Iterable[str]) -> None:
        warm = self._folders.get(folder)
        if warm is None or any(self._comes_or_goes(path, warm) for path in changed):
            self._open(folder)
            return
        moved = False
        for path in filter(warm.holds, changed):
            text = self._texts.get(path)
            if text is None and path in warm.texts:
                warm.release(path)
                moved = True
            elif text is not None and self._is_readable(path, text, warm):
                warm.change(path, text)
                moved = True
        if moved:
            self._results[folder] = warm.judge()

    def _comes_or_goes(self, path: str, warm: WarmRepository) -> bool:
        """Tell whether an opened document adds a file to a repository, or a closed one removes it."""
        if path in self._texts:
            return not warm.holds(path) and warm.may_become_a_file(path)
        return path in warm.texts and not os.path.exists(path)

    def _is_readable(self, path: str, text: str, warm: WarmRepository) -> bool:
        """Tell whether a text can be read. If not, remember why; the last good text still counts."""
        error = find_error(path, text)
        self._errors.pop(path, None)
        if error is None:
            self._good[path] = text
        elif warm.speaks_of_client(path) or warm.concerns(text):
            self._errors[path] = error
        return error is None

    def _open(self, folder: str) -> None:
        """Read a folder anew, with the last good texts of the documents."""
        settings = self._read_settings(folder)
        self._settings[folder] = settings
        for path, text in self._texts.items():
            if self._good.get(path) != text and find_error(path, text) is None:
                self._good[path] = text
        warm = WarmRepository(folder, settings, self._good)
        for path, text in self._texts.items():
            if warm.holds(path):
                self._is_readable(path, text, warm)
        self._folders[folder] = warm
        self._results[folder] = warm.judge()

    def _read_settings(self, folder: str) -> Settings:
        """Return the settings of a folder; those of before, or none, where a file of them is broken."""
        self._broken_settings.pop(folder, None)
        try:
            settings = read_settings([folder], texts=self._texts)
        except BrokenSettings as broken:
            self._broken_settings[folder] = broken.problems
            nothing = Configuration(Path(find_git_folder(folder) or folder))
            return self._settings.get(folder) or Settings(nothing, self._default, [folder])
        if settings.configuration.rules or settings.configuration.images:
            return settings
        # Rules are compiled when they are first asked, which takes longer than all else.
        return settings._replace(ruleset=self._default)

    def _close(self, folder: str) -> None:
        del self._folders[folder]
        self._results.pop(folder, None)
        self._broken_settings.pop(folder, None)

    def _forget_closed(self) -> None:
        """Forget documents that are no longer open."""
        for known in (self._good, self._errors):
            for path in [path for path in known if path not in self._texts]:
                del known[path]

    def _diagnostics(self) -> dict[str, list[Diagnostic]]:
        found: dict[str, list[Diagnostic]] = {}
        for result in self._results.values():
            for path, diagnostics in make_diagnostics(result, self.positions).items():
                known = found.setdefault(path, [])
                known += [item for item in diagnostics if item not in known]
        for problems in self._broken_settings.values():
            for problem in problems:
                found.setdefault(os.path.abspath(problem.file), []).append(
                    make_problem(problem, self.positions)
                )
        for path, error in self._errors.items():
            found[path] = [make_problem(error, self.positions)]
        self._positions = {path: known for path, known in self._positions.items() if path in found}
        return found
