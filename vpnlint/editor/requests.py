"""Answers to a client's requests about a document."""

from __future__ import annotations

from lsprotocol.types import (
    CodeAction,
    CodeActionKind,
    CodeLens,
    Command,
    CompletionItem,
    Hover,
    MarkupContent,
    MarkupKind,
    OptionalVersionedTextDocumentIdentifier,
    Position,
    Range,
    TextDocumentEdit,
    TextEdit,
    WorkspaceEdit,
)

from vpnlint.editor.actions import Action, Actions
from vpnlint.editor.completion import complete
from vpnlint.editor.diagnostics import make_diagnostic
from vpnlint.editor.hover import hover_text
from vpnlint.editor.lens import is_about, lens_title
from vpnlint.editor.session import Session
from vpnlint.editor.uris import uri_of
from vpnlint.report.formats.markdown import render_markdown_matrices
from vpnlint.results.result import Result

SHOW_MATRIX = "vpnlint.showMatrix"


class Requests:
    """Answers from the last update of a session; paths are absolute."""

    def __init__(self, session: Session, *, versioned: bool) -> None:
        """Take the session, and whether the client takes edits that name the version of a document."""
        self.session = session
        self._actions = Actions(session)
        self._versioned = versioned

    def hover(self, path: str, position: Position) -> Hover | None:
        """Return the hover text at a position."""
        positions = self.session.positions(path)
        offset = positions.offset_of(position)
        line = positions.parsed_line(offset)
        if self.session.is_broken(path):
            return None
        findings = [
            finding
            for finding in self.session.findings(path)
            if positions.offset(*finding.span[1:3]) <= offset <= positions.offset(*finding.span[3:5])
        ]
        workloads = [workload for workload, _ in self.session.workloads(path) if workload.line == line]
        text = hover_text(findings, workloads, self.session.ruleset(path).described_rules)
        return Hover(MarkupContent(MarkupKind.Markdown, text)) if text else None

    def lenses(self, path: str) -> list[CodeLens]:
        """Return a lens for each workload of a document, above its name."""
        if self.session.is_broken(path):
            return []
        lenses = []
        positions = self.session.positions(path)
        for workload, findings in self.session.workloads(path):
            place = positions.position(positions.offset(workload.line, 1))
            title = lens_title(workload, [finding for finding in findings if is_about(finding, workload)])
            command = Command(title, SHOW_MATRIX, arguments=[uri_of(path), workload.line])
            lenses.append(CodeLens(Range(place, place), command))
        return lenses

    def matrix(self, path: str, line: int) -> str:
        """Return the matrices of the workloads whose names stand in a line (1-based), as Markdown."""
        workloads = [workload for workload, _ in self.session.workloads(path) if workload.line == line]
        return render_markdown_matrices(Result((), tuple(workloads), (), 0))

    def actions(self, path: str, area: Range, version: int | None) -> list[CodeAction]:
        """Return the quick fixes for the findings in a range. version: the document's."""
        positions = self.session.positions(path)
        first, last = (positions.parsed_line(positions.offset_of(end)) for end in (area.start, area.end))
        return [
            CodeAction(
                action.title,
                kind=CodeActionKind.QuickFix,
                diagnostics=[make_diagnostic(action.finding, self.session.positions)],
                is_preferred=(action.fixes and action.safe) or None,
                edit=self._edit(action, path, version),
            )
            for action in self._actions.offer(path, first, last)
        ]

    def completion(self, path: str, position: Position) -> list[CompletionItem]:
        """Return the completions at a position."""
        positions = self.session.positions(path)
        line = positions.parsed_line(positions.offset_of(position))
        # A comment counts for its own line, or alone on a line for the next one.
        here = [item.rule for item in self.session.findings(path) if line <= item.span.line <= line + 1]
        return complete(path, positions, position, self.session.ruleset(path).described_rules, here)

    def _edit(self, action: Action, path: str, version: int | None) -> WorkspaceEdit:
        changes = {}
        for file, edits in action.edits.items():
            positions = self.session.positions(file)
            changes[file] = [
                TextEdit(Range(positions.position(edit.start), positions.position(edit.end)), edit.new)
                for edit in edits
            ]
        if not self._versioned:
            return WorkspaceEdit(changes={uri_of(file): edits for file, edits in changes.items()})
        return WorkspaceEdit(
            document_changes=[
                TextDocumentEdit(
                    OptionalVersionedTextDocumentIdentifier(uri_of(file), version if file == path else None),
                    edits,
                )
                for file, edits in changes.items()
            ]
        )
