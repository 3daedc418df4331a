"""Findings that somebody decided to live with: a comment at their place, with the reason.

    image: …  # vpnlint: ignore[no-vpn] the VPN is on the router
    # vpnlint: ignore[floating-image-tag] until 2027-01-31 the next release has a tag

It counts for its own line, and alone on a line for the next one; after the day of `until` no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from vpnlint.errors import InputError
from vpnlint.finding import Finding, Suppressed

_MARK = "vpnlint: ignore"
_COMMENT = re.compile(
    r"(?P<before>.*?)#\s*vpnlint: ignore(?:\[(?P<rules>[^\]]*)\])?(?:\s+until\s+(?P<until>\S+))?(?:\s+(?P<reason>\S.*))?"
)


@dataclass(frozen=True)
class _Suppression:
    rules: frozenset[str]
    line: int
    reason: str
    until: date | None


def suppress(
    findings: Iterable[Finding], text: Callable[[str], str | None], today: date
) -> tuple[list[Finding], list[Suppressed], list[InputError]]:
    """Return the findings that are left, those that a comment suppresses, and the comments that are not as they must be.

    text gives the text of a file by the name that findings have, None where it cannot be read.
    """
    left: list[Finding] = []
    suppressed: list[Suppressed] = []
    problems: list[InputError] = []
    by_file: dict[str, list[_Suppression]] = {}
    for finding in findings:
        file = finding.span.file
        if file not in by_file:
            by_file[file] = []
            for found in _read(text(file) or "", file):
                if isinstance(found, InputError):
                    problems.append(found)
                else:
                    by_file[file].append(found)
        match = next((item for item in by_file[file] if _covers(item, finding, today)), None)
        if match is None:
            left.append(finding)
        else:
            suppressed.append(Suppressed(finding, match.reason, match.until))
    return left, suppressed, problems


def _covers(suppression: _Suppression, finding: Finding, today: date) -> bool:
    in_force = suppression.until is None or today <= suppression.until
    return in_force and suppression.line == finding.span.line and finding.rule in suppression.rules


def _read(text: str, file: str) -> Iterator[_Suppression | InputError]:
    if _MARK not in text:
        return
    for number, line in enumerate(text.split("\n"), 1):
        match = _COMMENT.match(line) if _MARK in line else None
        if match is None:
            continue
        column = len(match["before"]) + 1
        rules = frozenset(filter(None, (rule.strip() for rule in (match["rules"] or "").split(","))))
        if not rules:
            yield InputError(
                file, "say which rules to ignore: # vpnlint: ignore[RULE] REASON", number, column
            )
            continue
        if not match["reason"]:
            yield InputError(file, "an ignored finding needs a reason behind the rule", number, column)
            continue
        try:
            until = date.fromisoformat(match["until"]) if match["until"] else None
        except ValueError:
            yield InputError(file, f"until {match['until']}: not a day such as 2027-01-31", number, column)
            continue
        alone = not match["before"].strip()
        yield _Suppression(rules, number + alone, match["reason"].strip(), until)
