"""Mends the findings of a run; edits are judged, and kept only if they help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from vpnlint.fixing.complaint import count_findings, find_complaint, finding_key
from vpnlint.fixing.propose import Proposal, propose_edits
from vpnlint.results.finding import Finding
from vpnlint.results.result import Result

# Judges the repository with these texts in place of files, by the names that findings have.
Judge: TypeAlias = Callable[[Mapping[str, str]], Result]
_Identity: TypeAlias = tuple[str, str, int]
_MOST_ROUNDS = 200
_MOST_FOLLOWING = 3


@dataclass(frozen=True)
class Unfixed:
    """A finding whose fix was not made, and why."""

    finding: Finding
    reason: str


@dataclass
class Outcome:
    """The result of a session.

    texts are the new texts of files, named as in findings. result is the Result with these texts in place.
    declined tells whether the session met a finding whose fix is not wanted.
    """

    result: Result
    texts: dict[str, str] = field(default_factory=dict)
    fixed: list[Finding] = field(default_factory=list)
    unfixed: list[Unfixed] = field(default_factory=list)
    declined: bool = False


class FixSession:
    """Proposes, judges and collects the edits for a run's findings; nothing is written."""

    def __init__(
        self,
        judge: Judge,
        read_text: Callable[[str], str | None],
        is_wanted: Callable[[Finding], bool],
        digests: Mapping[str, str] | None = None,
    ) -> None:
        """Take functions that judge, read files (as for propose_edits) and choose the findings to mend."""
        self._judge = judge
        self._read = read_text
        self._is_wanted = is_wanted
        self._digests = digests or {}
        self._given_up: set[_Identity] = set()
        self._declined = False
        # How often the edits of a finding did harm among others.
        self._harm: Counter[_Identity] = Counter()

    def mend(self) -> Outcome:
        """Mend all wanted findings, one or more at a time, and return the outcome."""
        outcome = Outcome(self._judge({}))
        for _ in range(_MOST_ROUNDS):
            batch = self._propose(outcome)
            if not batch:
                break
            self._accept(batch, outcome)
        outcome.declined = self._declined
        return outcome

    def _wants(self, finding: Finding) -> bool:
        wanted = self._is_wanted(finding)
        self._declined |= finding.fix is not None and not wanted
        return wanted

    def _propose(self, outcome: Outcome) -> list[tuple[Finding, Proposal]]:
        """Return proposals that do not touch each other's lines.

        Those that did harm come later: one of each workload, and in the end one alone.
        """
        batches: tuple[list[tuple[Finding, Proposal]], ...] = ([], [], [])
        for finding in outcome.result.findings:
            identity = _identity(finding)
            if identity in self._given_up or not self._wants(finding):
                continue
            batch = batches[self._harm[identity]]
            if self._harm[identity] and finding.workload in {other.workload for other, _ in batch}:
                continue
            proposal = self._proposal(finding, outcome.texts)
            if proposal is None:
                continue
            if proposal.refusal:
                self._give_up(finding, proposal.refusal, outcome)
            elif not any(_touch(proposal, other) for _, other in batch):
                batch.append((finding, proposal))
        together, apart, alone = batches
        return together or apart or alone[:1]

    def _accept(self, batch: Sequence[tuple[Finding, Proposal]], outcome: Outcome) -> None:
        """Keep the edits of a batch if they help, else those for workloads that are not harmed.

        The others are proposed again among fewer, or given up.
        """
        if len(batch) == 1:
            self._take_one(*batch[0], outcome)
            return
        texts, result = self._judged(batch, outcome.texts)
        complaint, workloads = find_complaint(outcome.result, result, [finding for finding, _ in batch])
        if not complaint:
            outcome.texts, outcome.result = texts, result
            outcome.fixed += [finding for finding, _ in batch]
            return
        harmless = [item for item in batch if workloads and item[0].workload not in workloads]
        if len(harmless) == len(batch):
            harmless = []  # they harm other workloads than their own
        followed = {finding.workload for finding, _ in self._following(outcome.result, result, texts)}
        for finding, _ in batch:
            if finding in [other for other, _ in harmless]:
                continue
            is_last = self._harm[_identity(finding)] and finding.workload in workloads - followed
            if is_last:
                reason, _ = find_complaint(outcome.result, result, [finding], finding.workload)
                self._give_up(finding, reason or complaint, outcome)
            else:
                self._harm[_identity(finding)] += 1
        if harmless:
            self._accept(harmless, outcome)

    def _take_one(self, finding: Finding, proposal: Proposal, outcome: Outcome) -> None:
        """Keep the edits of a fix, with those for findings that it brings to light, or give the fix up."""
        mended = [finding]
        texts, result = self._judged([(finding, proposal)], outcome.texts)
        complaint, _ = find_complaint(outcome.result, result, mended)
        for _ in range(_MOST_FOLLOWING):
            following = self._following(outcome.result, result, texts)[:1] if complaint else []
            if not following:
                break
            mended += [other for other, _ in following]
            texts, result = self._judged(following, texts)
            complaint, _ = find_complaint(outcome.result, result, mended[:1])
        if complaint:
            self._give_up(finding, complaint, outcome)
        else:
            outcome.texts, outcome.result = texts, result
            outcome.fixed += mended

    def _judged(
        self, batch: Sequence[tuple[Finding, Proposal]], texts: Mapping[str, str]
    ) -> tuple[dict[str, str], Result]:
        """Return the texts with the edits of a batch, and their Result."""
        made = {**texts, **_combined(batch, texts, self._read)}
        return made, self._judge(made)

    def _following(
        self, before: Result, after: Result, texts: Mapping[str, str]
    ) -> list[tuple[Finding, Proposal]]:
        """Return proposals for the findings that edits bring to light.

        While a kill switch is off, for example, nobody asks whether the client waits for it.
        """
        old, new = count_findings(before), count_findings(after)
        found = []
        for finding in after.findings:
            if new[finding_key(finding)] <= old[finding_key(finding)] or not self._wants(finding):
                continue
            proposal = self._proposal(finding, texts)
            if proposal is not None and not proposal.refusal:
                found.append((finding, proposal))
        return found

    def _proposal(self, finding: Finding, texts: Mapping[str, str]) -> Proposal | None:
        return propose_edits(finding, lambda file: texts.get(file) or self._read(file), self._digests)

    def _give_up(self, finding: Finding, reason: str, outcome: Outcome) -> None:
        self._given_up.add(_identity(finding))
        outcome.unfixed.append(Unfixed(finding, reason))


def _identity(finding: Finding) -> _Identity:
    return finding.fingerprint, finding.span.file, finding.case


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
