"""Findings that were known before a run, from a baseline or another revision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from vpnlint.results.finding import Answer, Finding


class KnownFindings:
    """Counts of known findings by fingerprint and answer; each known finding accounts for one new one."""

    def __init__(self, counts: Counter[tuple[str, Answer]]) -> None:
        """Take the counts."""
        self._counts = Counter(counts)

    def take(self, finding: Finding) -> bool:
        """Tell whether a finding is known, and use up the known one.

        A finding that was certain before also accounts for a doubt.
        """
        answers: tuple[Answer, ...] = ("doubt", "deny") if finding.answer == "doubt" else ("deny",)
        for answer in answers:
            key = (finding.fingerprint, answer)
            if self._counts[key] > 0:
                self._counts[key] -= 1
                return True
        return False

    def count_left(self) -> int:
        """Return how many known findings were not taken."""
        return self._counts.total()


def count_findings(findings: Iterable[Finding]) -> Counter[tuple[str, Answer]]:
    """Return how many findings have each fingerprint and answer."""
    return Counter((finding.fingerprint, finding.answer) for finding in findings)


def split_known(findings: Sequence[Finding], known: KnownFindings) -> tuple[list[Finding], list[Finding]]:
    """Return the new findings and the known ones; certain findings use up known ones before doubts do."""
    order = sorted(findings, key=lambda finding: finding.answer != "deny")
    taken = {id(finding) for finding in order if known.take(finding)}
    new = [finding for finding in findings if id(finding) not in taken]
    return new, [finding for finding in findings if id(finding) in taken]
