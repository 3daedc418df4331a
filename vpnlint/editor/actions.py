"""Quick fixes for findings: mend them, or ignore them with a comment."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vpnlint.editor.ignore_comment import make_ignore_comment
from vpnlint.editor.session import Session
from vpnlint.editor.warm_repository import WarmRepository
from vpnlint.fixing.propose import propose_edits
from vpnlint.fixing.session import FixSession
from vpnlint.fixing.text_edit import TextEdit
from vpnlint.report.plain import clean_text
from vpnlint.results.finding import Finding
from vpnlint.results.result import Result


@dataclass(frozen=True)
class Action:
    """A quick fix for a finding: its title, and its edits by file (absolute path).

    fixes: it mends the finding, rather than ignoring it. safe: nobody needs to review it.
    """

    title: str
    finding: Finding
    edits: Mapping[str, Sequence[TextEdit]]
    fixes: bool
    safe: bool


class Actions:
    """Offers quick fixes; each is judged before it is offered."""

    def __init__(self, session: Session) -> None:
        """Take the session whose findings are shown."""
        self._session = session
        self._judged: dict[Finding, Mapping[str, Sequence[TextEdit]] | None] = {}
        self._result: Result | None = None

    def offer(self, path: str, first: int, last: int) -> list[Action]:
        """Return the actions about the findings in some lines (1-based) of a file (absolute)."""
        session = self._session
        if session.is_broken(path):
            return []
        here = [
            finding
            for finding in session.findings(path)
            if finding.span.line <= last and first <= max(finding.span.line, finding.span.end_line)
        ]
        fixes = [action for finding in here if (action := self._fix(finding, path)) is not None]
        return [*fixes, *(action for finding in here if (action := self._ignore(finding, path)) is not None)]

    def _fix(self, finding: Finding, path: str) -> Action | None:
        repository, result = self._session.repository(path), self._session.result(path)
        if finding.fix is None or repository is None or result is None:
            return None
        if result is not self._result:
            self._judged.clear()
            self._result = result
        if finding not in self._judged:
            self._judged[finding] = self._mend(finding, repository, result)
        edits = self._judged[finding]
        if edits is None:
            return None
        reason = f" ({finding.fix.reason})" if finding.fix.reason and not finding.fix.safe else ""
        title = clean_text(f"{finding.help or f'Fix {finding.rule}'}{reason}")
        return Action(title[0].upper() + title[1:], finding, edits, True, finding.fix.safe)

    def _mend(
        self, finding: Finding, repository: WarmRepository, result: Result
    ) -> Mapping[str, Sequence[TextEdit]] | None:
        """Return the edits that mend a finding and make nothing worse; None where there are none."""

        def read(name: str) -> str | None:
            path = os.path.abspath(name)
            if not repository.holds(path) or self._session.is_broken(path):
                return None
            text = repository.workspace.text(path)
            return text if isinstance(text, str) else None

        def judge(texts: Mapping[str, str]) -> Result:
            return repository.judge_with({os.path.abspath(name): text for name, text in texts.items()})

        outcome = FixSession(
            lambda texts: judge(texts) if texts else result, read, lambda other: other == finding
        ).mend()
        proposal = propose_edits(finding, read)
        if finding not in outcome.fixed or proposal is None:
            return None
        return {os.path.abspath(name): edits for name, edits in proposal.edits.items()}

    def _ignore(self, finding: Finding, path: str) -> Action | None:
        edit = make_ignore_comment(finding, self._session.positions(path))
        if edit is None:
            return None
        title = f"Ignore {finding.rule} here (write the reason behind the comment)"
        return Action(title, finding, {path: [edit]}, False, False)
