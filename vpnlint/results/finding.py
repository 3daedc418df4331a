"""A finding: what one rule says about one place in a file."""

from __future__ import annotations

from datetime import date
from enum import IntEnum
from typing import Literal, NamedTuple, TypeAlias

from vpnlint.results.fix import Fix
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Path, Span

Answer: TypeAlias = Literal["deny", "doubt"]
Origin: TypeAlias = Literal["comment", "configuration", "baseline"]

_PLAIN_KEY = defer_pattern(r"[A-Za-z0-9_-]+\Z")
# A person may rename the children of these keys, such as containers, without changing what they are. Charts
# key them by name, Pods number them.
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
        """Return the name that rules and reports use."""
        return self.name.lower()


class Related(NamedTuple):
    """Another place that plays a part in a finding, and which part."""

    span: Span
    message: str


class Finding(NamedTuple):
    """One thing that a rule says about one place.

    answer is `deny` (certainly unsafe) or `doubt` (the manifests do not tell). help says what to change, in
    one line. path is the YAML path of the place. visible tells whether reports print the finding by default;
    they print a doubt only where it decides the verdict. subject is the program that the finding is about
    (`gluetun`), empty for the Pod. fix is the change that the rule proposes, None if it proposes none. case
    is the index of the rule's case that spoke.
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
        """A hash that stays the same when lines move, containers are renamed or a doubt is resolved.

        Several findings may share a fingerprint, so a comparison of two runs must count them.
        """
        # Most runs report nothing and need no hash.
        from hashlib import sha256

        parts = (self.rule, self.workload, self.subject, _remove_names(self.path))
        return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


class Suppressed(NamedTuple):
    """A finding that somebody decided to ignore, with the reason and the last day (None: no end).

    origin says where that decision is written: `comment`, `configuration` or `baseline`.
    """

    finding: Finding
    reason: str
    until: date | None
    origin: Origin = "comment"


def format_path(path: Path) -> str:
    """Return a YAML path as text: `spec.containers[0].env`; keys with other characters as `["…"]`."""
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


def _remove_names(path: Path) -> str:
    """Return the keys of a path without names of containers and indexes of items, which may change."""
    steps = [
        step
        for before, step in zip((None, *path), path, strict=False)
        if isinstance(step, str) and before not in _NAMING
    ]
    return "/".join(steps)
