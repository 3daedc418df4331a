"""Comments that ignore a finding, and where they go."""

from __future__ import annotations

from vpnlint.editor.positions import TextPositions
from vpnlint.errors import InputError
from vpnlint.fixing.text_edit import TextEdit
from vpnlint.results.finding import Finding
from vpnlint.source.document import parse_documents


def make_ignore_comment(finding: Finding, positions: TextPositions) -> TextEdit | None:
    """Return the edit that puts an ignore comment above the line of a finding, or at the end of that line.

    The user writes the reason; until then vpnlint reports that it is missing. None where no comment is
    possible, such as inside a multi-line text.
    """
    text = positions.text
    start = positions.offset(finding.span.line, 1)
    line = text[start:].partition("\n")[0].rstrip("\r")
    indent = line[: len(line) - len(line.lstrip(" "))]
    comment = f"# vpnlint: ignore[{finding.rule}] "
    break_ = "\r\n" if text[start + len(line) :].startswith("\r\n") else "\n"
    end = start + len(line)
    for edit in (
        TextEdit(start, start, f"{indent}{comment}{break_}"),
        TextEdit(end, end, f"{'' if line.endswith(' ') else ' '} {comment}"),
    ):
        if _values(text[: edit.start] + edit.new + text[edit.end :]) == _values(text):
            return edit
    return None


def _values(text: str) -> list[object]:
    """Return the documents of a text as plain data."""
    return [
        str(document) if isinstance(document, InputError) else document.root.to_plain()
        for document in parse_documents(text, "")
    ]
