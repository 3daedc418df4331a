"""Reads `.vpnlint.yaml`: what a repository's owner knows and its manifests do not say.

docs/schema/config.schema.json describes the file for editors.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple

from vpnlint.files.discover import STANDARD_INPUT
from vpnlint.files.inside import find_repository
from vpnlint.finding import Severity
from vpnlint.glob import Glob
from vpnlint.source.node import Node, Span

NAME = ".vpnlint.yaml"
BASELINE = ".vpnlint-baseline.json"
# The rule that says of ignores that they ignore nothing.
UNUSED_IGNORE = "unused-ignore"
FAIL_ON = ("error", "warning", "unknown", "never")
CARRIERS = ("router", "vlan", "node", "other")
SEVERITIES = ("error", "warning", "notice")


class Target(NamedTuple):
    """Which workloads an entry is for: all that it names has to hold; what is None holds for all.

    file is the path from the configuration's folder, workload is Kind/namespace/name; both may hold
    wildcards.
    """

    path: Glob | None
    namespace: str | None
    workload: Glob | None

    def covers(self, file: str, kind: str, namespace: str, name: str) -> bool:
        """Tell whether a workload is meant.

        File: where it stands, or the finding about it, from the folder on.
        """
        return (
            (self.path is None or self.path.matches(file))
            and (self.namespace is None or self.namespace == namespace)
            and (self.workload is None or self.workload.matches(f"{kind}/{namespace}/{name}"))
        )

    @property
    def is_namespace(self) -> bool:
        """Whether nothing but a namespace is named."""
        return self.path is None and self.workload is None

    def __str__(self) -> str:
        parts = {"path": self.path, "namespace": self.namespace, "workload": self.workload}
        return ", ".join(f"{key} {value}" for key, value in parts.items() if value is not None)


class Egress(NamedTuple):
    """Workloads whose traffic something outside carries into a VPN: a router, a VLAN, a node."""

    target: Target
    by: str
    reason: str
    until: date | None
    span: Span

    @property
    def summary(self) -> str:
        """What a report says of it."""
        until = f", until {self.until}" if self.until is not None else ""
        return f"{self.by}: {self.reason}{until}"


class Ignore(NamedTuple):
    """Findings to live with: those of a rule about some workloads."""

    rule: str
    target: Target
    reason: str
    until: date | None
    span: Span


@dataclass(frozen=True)
class Configuration:
    """One configuration file; without one, all of it is empty.

    folder is where the file lies, from which its paths go; file is its name as reports show it. docs is the
    address of the pages about rules. named holds each rule that it names with its place, so that a misspelt
    one can be shown.
    """

    folder: Path
    file: str = ""
    egress: tuple[Egress, ...] = ()
    ignores: tuple[Ignore, ...] = ()
    images: Mapping[str, Node] = field(default_factory=dict)
    severities: Mapping[str, Severity] = field(default_factory=dict)
    rules: tuple[Path, ...] = ()
    paths: tuple[str, ...] = ()
    exclude: tuple[Glob, ...] = ()
    fail_on: str | None = None
    docs: str | None = None
    named: tuple[tuple[str, Span], ...] = ()

    def relative(self, file: str) -> str:
        """Return the path of a file from the configuration's folder, with slashes."""
        return os.path.relpath(os.path.abspath(file), self.folder).replace(os.sep, "/")

    def is_excluded(self, file: str) -> bool:
        """Tell whether a file is to be left out; the configuration itself is no manifest."""
        if not self.exclude:
            return os.path.basename(file) == NAME
        name = self.relative(file)
        return name == NAME or any(pattern.matches(name) for pattern in self.exclude)

    def find_egress(self, file: str, kind: str, namespace: str, name: str, today: date) -> Egress | None:
        """Return the first declaration in force that is for a workload; file: where it stands."""
        for entry in self.egress:
            in_force = entry.until is None or today <= entry.until
            if in_force and entry.target.covers(self.relative(file), kind, namespace, name):
                return entry
        return None

    def is_whole(self, paths: Sequence[str]) -> bool:
        """Tell whether these paths cover all that the configuration is about."""
        if STANDARD_INPUT in paths:
            return False
        wanted = self.paths or (str(self.folder),)
        given = tuple(os.path.join(os.path.realpath(path), "") for path in paths)
        return all(os.path.join(os.path.realpath(path), "").startswith(given) for path in wanted)


def find_configuration(paths: list[str]) -> Path | None:
    """Return the configuration of the repository that the first path lies in, or of the working directory."""
    first = next((path for path in paths if path != STANDARD_INPUT), ".")
    folders = [find_repository(first), os.getcwd()]
    if not os.path.join(os.path.realpath(first), "").startswith(os.path.join(os.getcwd(), "")):
        folders.pop()
    files = [Path(folder) / NAME for folder in folders]
    return next((file for file in files if file.is_file()), None)


def leads_out(file: Path) -> bool:
    """Tell whether a file of the repository is a link to something outside of it."""
    root = os.path.join(find_repository(str(file.parent)), "")
    return not os.path.realpath(file).startswith(root)
