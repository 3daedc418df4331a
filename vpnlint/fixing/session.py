"""Mends the findings of a run; edits are judged, and kept only if they help."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
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

        The others are proposed again, one of each workload.
        """
        if len(batch) == 1 or self._harm[_identity(batch[0][0])]:
            self._take_apart(batch, outcome)
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
        for finding, _ in batch:
            if finding not in [other for other, _ in harmless]:
                self._harm[_identity(finding)] += 1
        if harmless:
            self._accept(harmless, outcome)

    def _take_apart(self, batch: Sequence[tuple[Finding, Proposal]], outcome: Outcome) -> None:
        """Keep the edits of each workload, with those for findings that they bring to light, or give them up.

        All workloads are tried at once, or a hundred with the same finding would need a hundred judgements.
        Edits that harm something else than their own workload are proposed again alone.
        """
        before, mended = outcome.result, [finding for finding, _ in batch]
        texts, result = self._judged(batch, outcome.texts)
        followed: list[Finding] = []
        for _ in range(_MOST_FOLLOWING):
            complaint, _ = find_complaint(before, result, mended)
            harmed = None if len(batch) == 1 else {*_find_harmed(mended, before, result)}
            following = self._following(before, result, texts, harmed) if complaint else []
            if not following:
                break
            followed += [finding for finding, _ in following]
            texts, result = self._judged(following, texts)
        complaint, _ = find_complaint(before, result, mended)
        harm = {mended[0].workload: complaint} if len(batch) == 1 else _find_harmed(mended, before, result)
        if not complaint:
            outcome.texts, outcome.result = texts, result
            outcome.fixed += [*mended, *followed]
        elif not harm:
            self._harm.update(map(_identity, mended))
        else:
            for finding in mended:
                if finding.workload in harm:
                    self._give_up(finding, harm[finding.workload], outcome)
            harmless = [item for item in batch if item[0].workload not in harm]
            if harmless:
                self._take_apart(harmless, outcome)

    def _judged(
        self, batch: Sequence[tuple[Finding, Proposal]], texts: Mapping[str, str]
    ) -> tuple[dict[str, str], Result]:
        """Return the texts with the edits of a batch, and their Result."""
        made = {**texts, **_combined(batch, texts, self._read)}
        return made, self._judge(made)

    def _following(
        self, before: Result, after: Result, texts: Mapping[str, str], workloads: Container[str] | None
    ) -> list[tuple[Finding, Proposal]]:
        """Return proposals for findings that edits bring to light: one, or one of each of these workloads.

        While a kill switch is off, for example, nobody asks whether the client waits for it.
        """
        old, new = count_findings(before), count_findings(after)
        found: dict[str, tuple[Finding, Proposal]] = {}
        for finding in after.findings:
            if new[finding_key(finding)] <= old[finding_key(finding)] or not self._wants(finding):
                continue
            if finding.workload in found or (workloads is not None and finding.workload not in workloads):
                continue
            proposal = self._proposal(finding, texts)
            if proposal is None or proposal.refusal:
                continue
            if not any(_touch(proposal, other) for _, other in found.values()):
                found[finding.workload] = (finding, proposal)
        return [*found.values()][: None if workloads is not None else 1]

    def _proposal(self, finding: Finding, texts: Mapping[str, str]) -> Proposal | None:
        return propose_edits(finding, lambda file: texts.get(file) or self._read(file), self._digests)

    def _give_up(self, finding: Finding, reason: str, outcome: Outcome) -> None:
        self._given_up.add(_identity(finding))
        outcome.unfixed.append(Unfixed(finding, reason))


def _identity(finding: Finding) -> _Identity:
    return finding.fingerprint, finding.span.file, finding.case


def _find_harmed(mended: Sequence[Finding], before: Result, after: Result) -> dict[str, str]:
    """Return the workloads, each with a finding that was to be mended, that are no better, and why."""
    harm = {}
    for finding in mended:
        reason, workloads = find_complaint(before, after, [finding], finding.workload)
        if workloads:
            harm[finding.workload] = reason
    return harm


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
