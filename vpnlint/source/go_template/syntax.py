"""Parses a template into its parts (Go 1.25, text/template/parse)."""

from __future__ import annotations

import re
from functools import lru_cache

from vpnlint.source.go_template.actions import split_template
from vpnlint.source.go_template.limits import MAX_NESTING, Undecidable
from vpnlint.source.go_template.parts import Block, Part
from vpnlint.source.go_template.pipelines import read_block

_OPENING = ("if", "range", "with", "define", "block")


@lru_cache(maxsize=256)
def parse_template(text: str, left: str = "{{", right: str = "}}") -> tuple[Part, ...]:
    """Return the parts of a template. Raises Undecidable if Go refuses it or it is nested too deeply."""
    root = Block("root")
    stack: list[tuple[Block, list[Part]]] = [(root, root.body)]
    for part in split_template(text, left, right):
        parts = stack[-1][1]
        if isinstance(part, str):
            parts.append(part)
            continue
        keyword, block = _read_action(part.inside)
        block.written = part.written
        if keyword == "end":
            if len(stack) == 1:
                raise Undecidable("an end closes nothing")
            # The same `end` closes the block that `else if` opens.
            while stack.pop()[0].keyword.startswith("else "):
                pass
        elif keyword == "else":
            _open_else(stack, block)
        elif block.keyword in _OPENING:
            if len(stack) > MAX_NESTING:
                raise Undecidable(f"it is nested deeper than {MAX_NESTING} levels")
            parts.append(block)
            stack.append((block, block.body))
        elif keyword != "comment":
            if keyword in ("break", "continue") and all(owner.keyword != "range" for owner, _ in stack):
                raise Undecidable(f"a {keyword} is outside a range")
            parts.append(block)
    if len(stack) > 1:
        raise Undecidable(f"no end closes {stack[-1][0].keyword}")
    return tuple(root.body)


def _open_else(stack: list[tuple[Block, list[Part]]], block: Block) -> None:
    """Continue a block behind its `else`; an `else if` opens another one, which is `block`."""
    if len(stack) == 1:
        raise Undecidable("an else is outside a block")
    owner = stack[-1][0]
    stack[-1] = owner, owner.otherwise
    if block.keyword != "print":
        block.keyword = f"else {block.keyword}"
        owner.otherwise.append(block)
        stack.append((block, block.body))


def _read_action(text: str) -> tuple[str, Block]:
    """Return the keyword of an action and its block; for an `else`, the block of the text after it."""
    inside = text.strip()
    if inside.startswith("/*"):
        return "comment", Block("print")
    word = re.match(r"[a-z]+\b(?!\.)", inside)
    keyword = word[0] if word else ""
    rest = inside[len(keyword) :]
    if keyword == "end":
        return keyword, Block("print")
    if keyword == "else":
        return keyword, _read_action(rest)[1] if rest.strip() else Block("print")
    if keyword in ("break", "continue"):
        return keyword, Block(keyword)
    if keyword in (*_OPENING, "template"):
        return keyword, read_block(keyword, rest)
    return "print", read_block("print", inside)
