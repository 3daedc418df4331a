"""Completion of rule ids: in ignore comments, and in a configuration."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from lsprotocol.types import (
    CompletionItem,
    CompletionItemKind,
    MarkupContent,
    MarkupKind,
    Position,
    Range,
    TextEdit,
)

from vpnlint.config.configuration import CONFIGURATION_FILE, SEVERITIES
from vpnlint.editor.hover import rule_text
from vpnlint.editor.positions import TextPositions
from vpnlint.ruleset.rule import Rule
from vpnlint.source.deferred_pattern import defer_pattern

_WORD = r"[A-Za-z0-9-]*"
_COMMENT = defer_pattern(rf".*#\s*vpnlint: ignore\[(?:[^\]]*,)?\s*(?P<word>{_WORD})\Z")
_RULE = defer_pattern(rf"\s*(?:-\s*)?(?:\{{\s*)?rule:\s*[\"']?(?P<word>{_WORD})\Z")
_SEVERITY_KEY = defer_pattern(rf"\s+[\"']?(?P<word>{_WORD})\Z")
_SEVERITY_FLOW = defer_pattern(rf"severity:\s*\{{(?:.*,)?\s*(?P<word>{_WORD})\Z")
_SEVERITY_VALUE = defer_pattern(rf"\s+(?P<rule>{_WORD}):\s+(?P<word>{_WORD})\Z")
_TOP = defer_pattern(r"(?P<key>[A-Za-z-]+):")


def complete(
    path: str, positions: TextPositions, position: Position, rules: Sequence[Rule], here: Iterable[str]
) -> list[CompletionItem]:
    """Return the completions at a position of a file (absolute path).

    here: the rules that find something at that line, which come first.
    """
    offset = positions.offset_of(position)
    start, _ = positions.line_of(position)
    before = positions.text[start:offset]
    match = _COMMENT.match(before)
    if match is None and os.path.basename(path) == CONFIGURATION_FILE:
        section = _section(positions.text[:start])
        match = _RULE.match(before) or _SEVERITY_FLOW.match(before)
        if match is None and section == "severity":
            value = _SEVERITY_VALUE.match(before)
            if value is not None:
                area = Range(positions.position(offset - len(value["word"])), position)
                return [_item(name, area, number) for number, name in enumerate(SEVERITIES)]
            match = _SEVERITY_KEY.match(before)
    if match is None:
        return []
    area = Range(positions.position(offset - len(match["word"])), positions.position(offset))
    first = set(here)
    return [
        CompletionItem(
            rule.id,
            kind=CompletionItemKind.EnumMember,
            detail=rule.summary,
            documentation=MarkupContent(MarkupKind.Markdown, rule_text(rule)),
            sort_text=f"{0 if rule.id in first else 1}{rule.id}",
            text_edit=TextEdit(area, rule.id),
        )
        for rule in rules
    ]


def _item(name: str, area: Range, number: int) -> CompletionItem:
    return CompletionItem(
        name, kind=CompletionItemKind.EnumMember, sort_text=str(number), text_edit=TextEdit(area, name)
    )


def _section(before: str) -> str:
    """Return the key at the left edge that the end of a text is below; empty where there is none."""
    keys = [match["key"] for line in before.splitlines() if (match := _TOP.match(line)) is not None]
    return keys[-1] if keys else ""
