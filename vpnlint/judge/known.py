"""Findings that are known from before: from a baseline, or from another revision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from vpnlint.results.finding import Answer, Finding


class KnownFindings:
    """How many findings of each fingerprint and answer are known; each of them accounts for one finding."""

    def __init__(self, counts: Counter[tuple[str, Answer]]) -> None:
        """Take the counts."""
        self._counts = Counter(counts)

    def take(self, finding: Finding) -> bool:
        """Tell whether a finding is known, and use that up.

        What was certain before also accounts for a doubt.
        """
        answers: tuple[Answer, ...] = ("doubt", "deny") if finding.answer == "doubt" else ("deny",)
        for answer in answers:
            key = (finding.fingerprint, answer)
            if self._counts[key] > 0:
                self._counts[key] -= 1
                return True
        return False

    def left(self) -> int:
        """Return how many are known and were not taken."""
        return self._counts.total()


def count_findings(findings: Iterable[Finding]) -> Counter[tuple[str, Answer]]:
    """Return how many findings have each fingerprint and answer."""
    return Counter((finding.fingerprint, finding.answer) for finding in findings)


def split_known(findings: Sequence[Finding], known: KnownFindings) -> tuple[list[Finding], list[Finding]]:
    """Return the findings that are new, and those that are known. What is certain is accounted for first."""
    order = sorted(findings, key=lambda finding: finding.answer != "deny")
    taken = {id(finding) for finding in order if known.take(finding)}
    new = [finding for finding in findings if id(finding) not in taken]
    return new, [finding for finding in findings if id(finding) in taken]
