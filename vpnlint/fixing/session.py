"""Mends the findings of a run: each edit is judged before it counts, and only what helps is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from vpnlint.finding import Finding, Result
from vpnlint.fixing.propose import Proposal, propose_edits

# Judges the repository with these texts in place of files, by the names that findings have.
Judge: TypeAlias = Callable[[Mapping[str, str]], Result]
_Key: TypeAlias = tuple[str, str, str]
_MOST_ROUNDS = 100
_MOST_FOLLOWING = 3


@dataclass(frozen=True)
class Unfixed:
    """A finding whose fix was not made, and why."""

    finding: Finding
    reason: str


@dataclass
class Outcome:
    """What became of the findings.

    texts are the new texts of files by the names that findings have. result is what is said of the files with
    them in place.
    """

    result: Result
    texts: dict[str, str] = field(default_factory=dict)
    fixed: list[Finding] = field(default_factory=list)
    unfixed: list[Unfixed] = field(default_factory=list)


class FixSession:
    """Proposes, judges and collects the edits for a run's findings; nothing is written."""

    def __init__(
        self,
        judge: Judge,
        read_text: Callable[[str], str | None],
        is_wanted: Callable[[Finding], bool],
        digests: Mapping[str, str] | None = None,
    ) -> None:
        """Take what judges, what reads files (as for propose_edits), and which findings to mend."""
        self._judge = judge
        self._read = read_text
        self._is_wanted = is_wanted
        self._digests = digests or {}
        self._given_up: set[tuple[str, int]] = set()

    def mend(self) -> Outcome:
        """Return what comes of mending all findings that are wanted, one or more at a time."""
        outcome = Outcome(self._judge({}))
        for _ in range(_MOST_ROUNDS):
            batch = self._propose(outcome)
            if not batch:
                break
            self._accept(batch, outcome)
        return outcome

    def _propose(self, outcome: Outcome) -> list[tuple[Finding, Proposal]]:
        """Return proposals that do not touch each other's lines."""
        batch: list[tuple[Finding, Proposal]] = []
        for finding in outcome.result.findings:
            if _identity(finding) in self._given_up or not self._is_wanted(finding):
                continue
            proposal = self._proposal(finding, outcome.texts)
            if proposal is None:
                continue
            if proposal.refusal:
                self._give_up(finding, proposal.refusal, outcome)
            elif not any(_touch(proposal, other) for _, other in batch):
                batch.append((finding, proposal))
        return batch

    def _accept(self, batch: Sequence[tuple[Finding, Proposal]], outcome: Outcome) -> None:
        """Take the edits of a batch if they help, else those of a part of it that does.

        Each call takes edits or gives up a finding; what is left is proposed anew, as places have moved.
        """
        if not self._try(batch, outcome) and len(batch) > 1:
            self._accept(batch[: len(batch) // 2], outcome)

    def _try(self, batch: Sequence[tuple[Finding, Proposal]], outcome: Outcome) -> bool:
        """Take the edits of a batch if they help; a single one may need those of what it brings to light."""
        mended = [finding for finding, _ in batch]
        texts = {**outcome.texts, **_combined(batch, outcome.texts, self._read)}
        result = self._judge(texts)
        complaint = _complaint(outcome.result, result, mended)
        for _ in range(_MOST_FOLLOWING if len(batch) == 1 and complaint else 0):
            following = self._following(outcome.result, result, texts)
            if not following:
                break
            mended += [finding for finding, _ in following]
            texts = {**texts, **_combined(following, texts, self._read)}
            result = self._judge(texts)
            complaint = _complaint(outcome.result, result, mended[:1])
            if not complaint:
                break
        if not complaint:
            outcome.texts, outcome.result = texts, result
            outcome.fixed += mended
        elif len(batch) == 1:
            self._give_up(batch[0][0], complaint, outcome)
        return not complaint

    def _following(
        self, before: Result, after: Result, texts: Mapping[str, str]
    ) -> list[tuple[Finding, Proposal]]:
        """Return a proposal for what edits bring to light, such as a client that does not wait.

        Nobody asks whether a client waits for a kill switch that is off.
        """
        old, new = _count(before), _count(after)
        for finding in after.findings:
            if new[_key(finding)] <= old[_key(finding)] or not self._is_wanted(finding):
                continue
            proposal = self._proposal(finding, texts)
            if proposal is not None and not proposal.refusal:
                return [(finding, proposal)]
        return []

    def _proposal(self, finding: Finding, texts: Mapping[str, str]) -> Proposal | None:
        return propose_edits(finding, lambda file: texts.get(file) or self._read(file), self._digests)

    def _give_up(self, finding: Finding, reason: str, outcome: Outcome) -> None:
        self._given_up.add(_identity(finding))
        outcome.unfixed.append(Unfixed(finding, reason))


def _identity(finding: Finding) -> tuple[str, int]:
    return finding.fingerprint, finding.case


def _touch(one: Proposal, other: Proposal) -> bool:
    """Tell whether two proposals change the same or neighbouring text of a file."""
    return any(
        first.start <= second.end and second.start <= first.end
        for file, edits in one.edits.items()
        for first in edits
        for second in other.edits.get(file, ())
    )


def _combined(
    batch: Sequence[tuple[Finding, Proposal]],
    texts: Mapping[str, str],
    read_text: Callable[[str], str | None],
) -> dict[str, str]:
    """Return the texts of files with all edits of a batch."""
    combined = {}
    for file in dict.fromkeys(file for _, proposal in batch for file in proposal.edits):
        text = texts.get(file) or read_text(file) or ""
        edits = [edit for _, proposal in batch for edit in proposal.edits.get(file, ())]
        for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
            text = text[: edit.start] + edit.new + text[edit.end :]
        combined[file] = text
    return combined


def _complaint(before: Result, after: Result, mended: Sequence[Finding]) -> str:
    """Return why edits do not help; empty where what they mend is gone, and nothing is new."""
    old, new = _count(before), _count(after)
    for key, count in Counter(map(_key, mended)).items():
        if new[key] > old[key] - count:
            return "the finding would stay"
    worse = next((key for key, count in new.items() if count > old[key]), None)
    if worse is None:
        denied, still = _count(before, "deny"), _count(after, "deny")
        worse = next((key for key, count in still.items() if count > denied[key]), None)
    if worse is not None:
        return f"{worse[0]} would be found then"
    known = {str(problem) for problem in before.problems}
    problem = next((problem for problem in after.problems if problem.message not in str(known)), None)
    if problem is not None:
        return f"it would be a problem then: {problem.message}"
    unknown = next(
        (workload.reason for workload in after.workloads if workload.reason not in _reasons(before)), ""
    )
    if unknown:
        return f"nothing could be judged then: {unknown}"
    if len(after.workloads) != len(before.workloads) or len(after.not_judged) > len(before.not_judged):
        return "the workload could not be judged then"
    return ""


def _reasons(result: Result) -> set[str]:
    """Return why workloads are not judged, and the empty reason of those that are."""
    return {"", *(workload.reason for workload in result.workloads)}


def _key(finding: Finding) -> _Key:
    return finding.rule, finding.workload, finding.subject


def _count(result: Result, answer: str = "") -> Counter[_Key]:
    findings = (*result.findings, *(item.finding for item in result.suppressed))
    return Counter(_key(finding) for finding in findings if answer in ("", finding.answer))
