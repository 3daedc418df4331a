"""Edits by line and column, for reports and editors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from vpnlint.fixing.propose import Proposal, propose_edits
from vpnlint.fixing.syntax import SyntaxTree
from vpnlint.results.finding import Finding
from vpnlint.results.fix import Replacement
from vpnlint.source.node import Span


def find_replacements(
    findings: Iterable[Finding], read_text: Callable[[str], str | None]
) -> dict[Finding, tuple[Replacement, ...]]:
    """Return the edits of each finding that can be mended, in the present files.

    read_text: as for propose_edits.
    """
    replacements = {}
    for finding in findings:
        proposal = propose_edits(finding, read_text)
        if proposal is not None and proposal.edits:
            texts = {file: read_text(file) or "" for file in proposal.edits}
            replacements[finding] = tuple(place_edits(proposal, texts))
    return replacements


def place_edits(proposal: Proposal, texts: Mapping[str, str]) -> Iterator[Replacement]:
    """Yield the edits of a proposal by line and column; texts are those of its files."""
    for file, edits in proposal.edits.items():
        tree = SyntaxTree(texts[file])
        for edit in edits:
            start, end = ((tree.line(at), tree.column(at) + 1) for at in (edit.start, edit.end))
            yield Replacement(Span(file, *start, *end), edit.new)
