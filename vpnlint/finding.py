"""What a run says: findings, workloads, problems. Every report is a pure function of a Result."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import Literal, NamedTuple, TypeAlias

from vpnlint.errors import InputError
from vpnlint.source.node import Path, Span

Answer: TypeAlias = Literal["deny", "doubt"]
FixAction: TypeAlias = Literal["set", "rename", "remove", "add", "move", "pin"]
FixBase: TypeAlias = Literal["container", "pod", "workload"]
Origin: TypeAlias = Literal["comment", "configuration", "baseline"]

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+\Z")
# Keys whose children have names that a person may change, such as containers: by name in charts, by number in
# Pods.
_NAMING = frozenset(
    ("containers", "initContainers", "ephemeralContainers", "additionalContainers", "controllers", "workload")
)


class Severity(IntEnum):
    """How bad a finding is; higher is worse.

    error: traffic can leave outside the tunnel. warning: the tunnel or the client breaks. notice: worth
    knowing.
    """

    NOTICE = 0
    WARNING = 1
    ERROR = 2

    def __str__(self) -> str:
        """Return the name as it stands in rules and reports."""
        return self.name.lower()


class Related(NamedTuple):
    """Another place that takes part in a finding, and its part in it."""

    span: Span
    message: str


class FixStep(NamedTuple):
    """One change of a Pod, and the places in the repository that what it changes comes from.

    path is relative to base: the container (`container`), the Pod template (`pod`) or the object (`workload`)
    that the finding is about. It holds keys and names of list items, separated by dots. value is the new
    value (set), the new name (rename) or what is added (add), as YAML where the field is no variable; empty
    for remove. move puts the container into the Pod's list of this name, behind the container that value
    names if that is in it already; pin adds the image's digest. line is the key in a text of lines (a
    configuration file) at the path that is changed in place of the whole text.

    place is where base stands, keys are the keys of path, found the places of as many of them as exist,
    siblings those of what the last of these holds, and current is the value of the whole path where that is a
    scalar.
    """

    action: FixAction
    path: str
    value: str
    base: FixBase
    place: Span
    keys: tuple[str, ...] = ()
    found: tuple[Span, ...] = ()
    siblings: tuple[Span, ...] = ()
    current: str | None = None
    line: str = ""


class Fix(NamedTuple):
    """The changes that mend a finding, in their order.

    safe tells whether they can be made without a person looking at them; reason says why not, or what follows
    from them. vpnlint/fixing turns them into edits of files.
    """

    steps: tuple[FixStep, ...]
    safe: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Replacement:
    """A text that takes the place of another one in a file."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule says about one place.

    answer is `deny` (definitely unsafe) or `doubt` (cannot be told from the manifests). help says what to
    change, in one line. path is the YAML path of the place. visible tells whether it is printed by default: a
    doubt is only where it decides the verdict. subject is the program that the finding is about (`gluetun`),
    empty for the Pod. fix is the edit that the rule proposes, None where it has none. case is the number of
    the rule's case that spoke.
    """

    rule: str
    severity: Severity
    answer: Answer
    message: str
    help: str
    span: Span
    path: Path
    workload: str
    visible: bool = True
    subject: str = ""
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    case: int = 0

    @property
    def fingerprint(self) -> str:
        """What outlives moved lines, renamed containers, a reformatted file and a resolved doubt.

        Several findings may share a fingerprint; whoever compares two runs compares how many have it.
        """
        # Most runs report nothing and need no hash.
        from hashlib import sha256

        parts = (self.rule, self.workload, self.subject, _stable_path(self.path))
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Suppressed(NamedTuple):
    """A finding to live with, the reason, and the last day that counts (None: for good).

    origin tells where that is written: `comment`, `configuration` or `baseline`.
    """

    finding: Finding
    reason: str
    until: date | None
    origin: Origin = "comment"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the leak matrix.

    verdict is `tunnel`, `blocked`, `LEAK` or `unknown`. reason is what holds the traffic (the id of a defence
    or tunnel in rules/defences.yaml), or in words why it leaks or is not known; evidence is the lab's, empty
    where nobody measured. change is what would stop a LEAK, empty where nothing that was measured would.
    condition says of a cell that rests on what only the user knows when the verdict, the worst there may be,
    holds: `unless qbittorrent is bound to tun0`, `if …`. seen_by says who sees the names that are looked up
    outside the tunnel or in vain: `home` (its or its provider's resolver), `cluster` (the cluster's resolver
    and no other), `nobody` (no resolver answers); empty otherwise.
    """

    verdict: str
    reason: str = ""
    evidence: str = ""
    change: str = ""
    condition: str = ""
    seen_by: str = ""


@dataclass(frozen=True, slots=True)
class Guard:
    """A defence around a client: its id in rules/defences.yaml, and whether it is certain to be in force.

    blocks maps traffic → the scenarios in which it stops that traffic.
    """

    id: str
    certain: bool
    blocks: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one client's packets: the client, the interfaces, and what stands in the way.

    client, vpn and interface are names of this Pod: the container or program, the VPN's container, the
    tunnel's interface; vpn and interface are empty where there is none. tunnels are the ids of the tunnels
    that it may be, the likeliest first.
    """

    client: str
    vpn: str
    interface: str
    tunnels: tuple[str, ...]
    guards: tuple[Guard, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """A workload with a torrent client, as it was judged.

    file, line, kind, namespace and name are those of the object in the repository (the HelmRelease, not its
    Pod). client is the client's program id (`qbittorrent`). egress is how its traffic is meant to leave:
    none, sidecar, image, gateway, network, external or unknown. matrix maps scenario → traffic → Cell. reason
    says why egress is `unknown`, empty otherwise. applied is `nothing-followed` where nothing that vpnlint
    follows applies it. routes has the way of each client's packets, none where there is no matrix.
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
    applied: Literal["followed", "nothing-followed"] = "followed"
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """All that one run found, in the order of files and lines.

    files is how many were looked at. not_applied names those that hold a torrent client and that nothing
    applies. notes say what could not be had of what is applied: a remote resource, a file that is not there,
    a suspended Kustomization. suppressed are the findings that somebody decided to live with; they are not
    among findings. fixed is how many findings of the revision that this run is compared with are gone,
    unchanged how many are as they were there. stale is how many entries of the baseline no longer occur.
    not_judged are the places of torrent clients that cannot be judged, each with the reason.
    """

    findings: tuple[Finding, ...]
    workloads: tuple[Judged, ...]
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
        """The findings to print unless more was asked for."""
        return self.reported()

    def reported(self, *, doubts: bool = False, notices: bool = False) -> tuple[Finding, ...]:
        """Return the findings to print. doubts: also doubts that decide nothing. notices: also notices."""
        return tuple(
            finding
            for finding in self.findings
            if (notices if finding.severity is Severity.NOTICE else finding.visible or doubts)
        )


def _stable_path(path: Path) -> str:
    """Return the keys of a path without containers' names and numbers of items, which may change."""
    steps = [
        step
        for before, step in zip((None, *path), path, strict=False)
        if isinstance(step, str) and before not in _NAMING
    ]
    return "/".join(steps)


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
