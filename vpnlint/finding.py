"""What a run says: findings, workloads, problems. Every report is a pure function of a Result."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Literal, TypeAlias

from vpnlint.errors import InputError
from vpnlint.source.node import Path, Span

Answer: TypeAlias = Literal["deny", "doubt"]

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")


class Severity(IntEnum):
    """error: traffic can leave outside the tunnel; warning: the tunnel or the client breaks. Higher is worse."""

    WARNING = 1
    ERROR = 2

    def __str__(self) -> str:
        """Return the name as it stands in rules and reports."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule says of one place.

    answer is `deny` (definitely unsafe) or `doubt` (cannot be told from what the manifests hold). help says what
    to change, in one line. path is the YAML path of the place. shown tells whether it is printed by default:
    a doubt is only where it decides the verdict.
    """

    rule: str
    severity: Severity
    answer: Answer
    message: str
    help: str
    span: Span
    path: Path
    workload: str
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that a comment at its place suppresses, with the comment's reason and last day (None: for good)."""

    finding: Finding
    reason: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the leak matrix.

    verdict is `tunnel`, `blocked`, `LEAK` or `unknown`. reason is what holds the traffic (the id of a defence or tunnel in
    rules/defences.yaml), or in words why it leaks or is not known; evidence is the lab's, empty where nobody measured.
    change is what would stop a LEAK, empty where nothing that was measured would.
    """

    verdict: str
    reason: str = ""
    evidence: str = ""
    change: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A workload with a torrent client, as it was judged.

    file, line, kind, namespace and name are those of the object in the repository (the HelmRelease, not its Pod).
    client is the client's program id (`qbittorrent`). egress is how its traffic is meant to leave: none, sidecar,
    image, gateway, network, external or unknown. matrix maps scenario → traffic → Cell. reason says why egress
    is `unknown`, empty otherwise.
    """

    file: str
    line: int
    kind: str
    namespace: str
    name: str
    client: str
    egress: str
    matrix: dict[str, dict[str, Cell]] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """All that one run found, in the order of files and lines.

    files is how many were looked at. not_applied names those that hold a torrent client and that nothing applies. notes say
    what could not be had of what is applied: a remote resource, a file that is not there, a suspended Kustomization.
    suppressed are the findings that comments suppress; they are not among findings.
    """

    findings: tuple[Finding, ...]
    workloads: tuple[Judged, ...]
    problems: tuple[InputError, ...]
    files: int
    not_applied: tuple[str, ...] = ()
    notes: tuple[InputError, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()

    @property
    def shown(self) -> tuple[Finding, ...]:
        """The findings to print unless every doubt was asked for."""
        return tuple(finding for finding in self.findings if finding.shown)


def format_path(path: Path) -> str:
    """Return a YAML path as text: `spec.containers[0].env`; keys with other characters stand in `["…"]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.match(step):
            text += f".{step}" if text else step
        else:
            escaped = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{escaped}"]'
    return text
