"""The configuration, `.vpnlint.yaml`: facts that a repository's owner knows and its manifests lack.

docs/schema/config.schema.json describes the file for editors; config_file.py reads it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from vpnlint.config.glob import Glob
from vpnlint.files.discover import STANDARD_INPUT
from vpnlint.files.inside import find_repository
from vpnlint.results.finding import Severity
from vpnlint.source.node import Node, Span

CONFIGURATION_FILE = ".vpnlint.yaml"
BASELINE_FILE = ".vpnlint-baseline.json"
# The rule that reports ignores which ignore nothing.
UNUSED_IGNORE = "unused-ignore"
FAIL_ON = ("error", "warning", "unknown", "never")
CARRIERS = ("router", "vlan", "node", "other")
SEVERITIES = ("error", "warning", "notice")


class Target(NamedTuple):
    """The workloads that an entry applies to: they meet every condition that is not None.

    path is relative to the configuration's folder, workload is Kind/namespace/name; both may hold wildcards.
    """

    path: Glob | None
    namespace: str | None
    workload: Glob | None

    def covers(self, file: str, kind: str, namespace: str, name: str) -> bool:
        """Tell whether the entry applies to a workload.

        file: where the workload or the finding about it stands, relative to the configuration's folder.
        """
        return (
            (self.path is None or self.path.matches(file))
            and (self.namespace is None or self.namespace == namespace)
            and (self.workload is None or self.workload.matches(f"{kind}/{namespace}/{name}"))
        )

    @property
    def is_namespace(self) -> bool:
        """Whether the only condition is a namespace."""
        return self.path is None and self.workload is None

    def __str__(self) -> str:
        parts = {"path": self.path, "namespace": self.namespace, "workload": self.workload}
        return ", ".join(f"{key} {value}" for key, value in parts.items() if value is not None)


class Egress(NamedTuple):
    """Workloads whose traffic a router, a VLAN or a node outside the repository carries into a VPN."""

    target: Target
    by: str
    reason: str
    until: date | None
    span: Span

    @property
    def summary(self) -> str:
        """The declaration as reports print it."""
        until = f", until {self.until}" if self.until is not None else ""
        return f"{self.by}: {self.reason}{until}"


class Ignore(NamedTuple):
    """Findings to ignore: those of one rule about some workloads."""

    rule: str
    target: Target
    reason: str
    until: date | None
    span: Span


class Configuration(NamedTuple):
    """One configuration file; empty for a repository without one.

    folder holds the file, and the paths in it are relative to folder. file is its name as reports show it.
    docs is the address of the pages about rules. named lists each rule that the file names, with its place,
    so that an error can point at a misspelt one.
    """

    folder: Path
    file: str = ""
    egress: tuple[Egress, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    images: Mapping[str, Node] = MappingProxyType({})
    severities: Mapping[str, Severity] = MappingProxyType({})
    rules: tuple[Path, ...] = ()
    paths: tuple[str, ...] = ()
    exclude: tuple[Glob, ...] = ()
    fail_on: str | None = None
    docs: str | None = None
    named: tuple[tuple[str, Span], ...] = ()

    def make_relative(self, file: str) -> str:
        """Return a file's path relative to the configuration's folder, with slashes."""
        return os.path.relpath(os.path.abspath(file), self.folder).replace(os.sep, "/")

    def is_excluded(self, file: str) -> bool:
        """Tell whether to leave a file out, such as the configuration itself, which is no manifest."""
        if not self.exclude:
            return os.path.basename(file) == CONFIGURATION_FILE
        name = self.make_relative(file)
        return name == CONFIGURATION_FILE or any(pattern.matches(name) for pattern in self.exclude)

    def find_egress(self, file: str, kind: str, namespace: str, name: str, today: date) -> Egress | None:
        """Return the first declaration in force that covers a workload, None if none does.

        file: where the workload stands.
        """
        for entry in self.egress:
            in_force = entry.until is None or today <= entry.until
            if in_force and entry.target.covers(self.make_relative(file), kind, namespace, name):
                return entry
        return None

    def is_covered_by(self, paths: Sequence[str]) -> bool:
        """Tell whether these paths cover everything that the configuration applies to."""
        if STANDARD_INPUT in paths:
            return False
        configured = self.paths or (str(self.folder),)
        covering = tuple(os.path.join(os.path.realpath(path), "") for path in paths)
        return all(os.path.join(os.path.realpath(path), "").startswith(covering) for path in configured)


def find_configuration(paths: Sequence[str]) -> Path | None:
    """Return the configuration file of the first path's repository, else of the working directory, if any."""
    first = next((path for path in paths if path != STANDARD_INPUT), ".")
    folders = [find_repository(first), os.getcwd()]
    if not os.path.join(os.path.realpath(first), "").startswith(os.path.join(os.getcwd(), "")):
        folders.pop()
    files = [Path(folder) / CONFIGURATION_FILE for folder in folders]
    return next((file for file in files if file.is_file()), None)


def leaves_repository(file: Path) -> bool:
    """Tell whether a file in a repository is a link to something outside of it."""
    root = os.path.join(find_repository(str(file.parent)), "")
    return not os.path.realpath(file).startswith(root)
