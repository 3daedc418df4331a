"""One folder of a repository, kept ready to be judged again after each keystroke."""

from __future__ import annotations

import os
from collections.abc import Mapping

from vpnlint.config.configuration import BASELINE_FILE
from vpnlint.config.settings import Settings
from vpnlint.editor.known_builds import KnownBuilds, KnownTree
from vpnlint.editor.known_objects import KnownObjects
from vpnlint.editor.known_pods import KnownPods
from vpnlint.errors import ConfigError, InputError
from vpnlint.files.client_search import search_workspace
from vpnlint.files.discover import KUSTOMIZATIONS, YAML, display_path, is_template
from vpnlint.files.facts import Lead
from vpnlint.files.index import Index
from vpnlint.files.inside import find_git_folder, is_below
from vpnlint.files.requested import Requested
from vpnlint.files.selection import Selection
from vpnlint.files.workspace import Workspace
from vpnlint.gitops.clusters import Clusters
from vpnlint.gitops.leads import LeadReader
from vpnlint.gitops.makers import Makers
from vpnlint.judge.baseline import remove_baseline
from vpnlint.judge.judge_run import judge_run
from vpnlint.results.result import Result
from vpnlint.run import Run
from vpnlint.source.document import parse_documents
from vpnlint.source.node import Node


class WarmRepository:
    """The files, facts and builds of a repository; only changed files are read again.

    It gives the same Result as `vpnlint check FOLDER` with the editor's texts on the disk
    (tests/editor/test_warm_repository.py compares them).
    """

    def __init__(self, folder: str, settings: Settings, texts: Mapping[str, str]) -> None:
        """Read the repository that a folder (absolute) lies in.

        settings: the configuration and the rules. texts: what the editor holds of files (absolute).
        """
        self.folder = folder
        self._settings = settings
        ruleset, configuration = settings.ruleset, settings.configuration
        root = find_git_folder(folder) or folder
        self.workspace = Workspace(root, ruleset.mentions_client)
        self.texts: dict[str, str] = {}
        """What stands in for files."""
        known = set(self.workspace.files)
        for path, text in texts.items():
            if path in known or self.may_become_a_file(path):
                self.workspace.overlay(path, text)
                self.texts[path] = text
        self._selection = Selection(
            Requested([folder], configuration.is_excluded), ruleset.mentions_client, [self.workspace]
        )
        search_workspace(self.workspace, self._selection)
        self._lead_reader = LeadReader(self.workspace)
        self._index = Index(
            self.workspace,
            self._selection.near[self.workspace],
            ruleset.mentions_client,
            ruleset.catalog.names_client,
            self._read_leads,
        )
        self._index.build()
        self._tree = KnownTree(self.workspace, self._index.wanted)
        self._builds, self._objects, self._pods = KnownBuilds(), KnownObjects(), KnownPods()
        makers = Makers(self._builds, self._objects.substitute, self._objects.expand_set)
        self._clusters = Clusters(self._index, tree=self._tree, makers=makers)

    def may_become_a_file(self, path: str) -> bool:
        """Tell whether a path without a file may be a manifest that the editor has not saved yet."""
        below = os.path.relpath(path, self.workspace.root).split(os.sep)
        return (
            is_below(path, self.workspace.root)
            and path.endswith(YAML)
            and not os.path.lexists(path)
            and not any(name.startswith(".") or name == "node_modules" for name in below[:-1])
            and self.workspace.contains(path)
            and not is_template(path)
        )

    def holds(self, path: str) -> bool:
        """Tell whether a file (absolute) belongs to the repository."""
        return path in self.workspace.files

    def speaks_of_client(self, path: str) -> bool:
        """Tell whether vpnlint reads a file (absolute) because of what it holds."""
        is_kustomization = os.path.basename(path) in KUSTOMIZATIONS
        return path in self._index.files or self._index.is_near(path) or is_kustomization

    def concerns(self, text: str) -> bool:
        """Tell whether a text names a torrent client."""
        return self._settings.ruleset.mentions_client(text.lower().encode("utf-8", "surrogatepass"))

    def change(self, path: str, text: str) -> None:
        """Take a text of a file (absolute) that the repository `holds`."""
        self.workspace.overlay(path, text)
        self.texts[path] = text
        self._renew(path)

    def release(self, path: str) -> None:
        """Take the text of a file (absolute) from the disk again."""
        self.workspace.forget(path)
        self.texts.pop(path, None)
        self._renew(path)

    def _renew(self, path: str) -> None:
        self._lead_reader = LeadReader(self.workspace)
        leads = self._index.renew(path)
        for other in self._sets_of_applications():
            leads = self._index.renew(other) or leads
        self._clusters.renew(leads=leads)
        self._tree.drop(path)
        self._builds.drop(path)

    def judge(self) -> Result:
        """Return the Result for the folder. A broken baseline becomes a problem."""
        configuration = self._settings.configuration
        selection = self._selection
        if not selection.meets_client:
            return Result((), (), selection.problems(), selection.count)
        self._tree.begin()
        run = Run(selection, [self._clusters])
        if not run.touches_client:
            return Result((), (), selection.problems(), selection.count)
        whole = configuration.is_covered_by([self.folder])
        result = judge_run(
            run, self._settings.ruleset, configuration, ignores=True, whole=whole, find_pods=self._pods
        )
        for known in (self._builds, self._objects, self._pods):
            known.end()
        if not os.path.isfile(configuration.folder / BASELINE_FILE):
            return result
        try:
            return remove_baseline(result, configuration, [self.folder])
        except ConfigError as error:
            return result._replace(problems=(*result.problems, error))

    def judge_with(self, texts: Mapping[str, str]) -> Result:
        """Return the Result that these texts of files (absolute) would give; nothing of them is kept."""
        before = {path: self.texts.get(path) for path in texts}
        try:
            for path, text in texts.items():
                self.change(path, text)
            return self.judge()
        finally:
            for path, earlier in before.items():
                if earlier is None:
                    self.release(path)
                else:
                    self.change(path, earlier)

    def _read_leads(self, node: Node) -> tuple[Lead, ...]:
        return self._lead_reader.read_leads(node)

    def _sets_of_applications(self) -> list[str]:
        """Return the files with ApplicationSets, which may lead to where any other file says."""
        return [
            path
            for path, facts in self._index.files.items()
            if any(item.kind == "ApplicationSet" for item in facts.objects)
        ]


def find_error(path: str, text: str) -> InputError | None:
    """Return the first syntax error in a text of a file; None without any."""
    documents = parse_documents(text, display_path(path))
    return next((item for item in documents if isinstance(item, InputError)), None)
