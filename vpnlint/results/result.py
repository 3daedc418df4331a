"""The result of one run: findings, judged workloads, and what could not be read or judged."""

from __future__ import annotations

from types import MappingProxyType
from typing import Literal, NamedTuple

from vpnlint.errors import InputError
from vpnlint.results.finding import Finding, Severity, Suppressed
from vpnlint.results.matrix import Matrix, Route

# How the reason begins why a workload is unknown that takes values from objects which nothing here shows.
VALUES_ELSEWHERE = "its values come from"


class JudgedWorkload(NamedTuple):
    """A workload with a torrent client, and the verdict on it.

    file, line, kind, namespace and name are those of the object in the repository (the HelmRelease, not its
    Pod). client is the client's program (`qbittorrent`). egress says how its traffic is meant to leave: none,
    sidecar, image, gateway, network, external or unknown. matrix maps scenario → traffic → the
    worst Cell of its clients. reason says why egress is `unknown`, empty otherwise. applied is
    `nothing-followed` if nothing that vpnlint follows applies the workload. routes holds the way of each
    client's packets; it is empty if matrix is.
    """

    file: str
    line: int
    kind: str
    namespace: str
    name: str
    client: str
    egress: str
    matrix: Matrix = MappingProxyType({})
    reason: str = ""
    applied: Literal["followed", "nothing-followed"] = "followed"
    routes: tuple[Route, ...] = ()

    @property
    def full_name(self) -> str:
        """Its name with its namespace: `media/qbittorrent`."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def title(self) -> str:
        """Its name in reports: `HelmRelease media/qbittorrent`."""
        return f"{self.kind} {self.full_name}"


class Result(NamedTuple):
    """Everything that one run found, ordered by file and line.

    files counts the files that were looked at. not_applied names those that hold a torrent client and that
    nothing applies. notes say what is applied but could not be obtained: a remote resource, a missing file, a
    suspended Kustomization. suppressed holds the ignored findings, which are not in findings. fixed counts
    the findings that are gone since the revision to compare with, unchanged those that are as they were.
    stale counts the entries of the baseline that no longer occur. not_judged lists the torrent clients that
    cannot be judged, with place and reason.
    """

    findings: tuple[Finding, ...]
    workloads: tuple[JudgedWorkload, ...]
    problems: tuple[InputError, ...]
    files: int
    not_applied: tuple[str, ...] = ()
    notes: tuple[InputError, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    fixed: int = 0
    unchanged: int = 0
    stale: int = 0
    not_judged: tuple[InputError, ...] = ()

    @property
    def visible(self) -> tuple[Finding, ...]:
        """The findings that reports print by default."""
        return self.select_findings()

    def select_findings(self, *, doubts: bool = False, notices: bool = False) -> tuple[Finding, ...]:
        """Return the findings to print. doubts: also doubts that decide nothing. notices: also notices."""
        return tuple(
            finding
            for finding in self.findings
            if (notices if finding.severity is Severity.NOTICE else finding.visible or doubts)
        )
