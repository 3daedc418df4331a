"""Writes plain data as YAML that every parser reads the same and no CI runner takes for a command.

`1e3` and `0o7` are strings to PyYAML and numbers to Kubernetes; `off` and `1:20` are a boolean and a number
in YAML 1.1 and strings in YAML 1.2 (https://yaml.org/type/, https://yaml.org/spec/1.2.2/#103-core-schema).
So a string is quoted if any of them would read it as something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import yaml
from yaml.emitter import ScalarAnalysis

from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.scalars import resolve_helm_scalar, resolve_kustomize_scalar

_WIDTH = 120
_LONG = 80
_TEXT = "tag:yaml.org,2002:str"
# The numbers of YAML 1.2's core schema, including those that overflow, which Go's parsers leave a string.
_NUMBER = defer_pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")
# NEL, LS and PS are line breaks in YAML 1.1 and not in YAML 1.2; terminals act on some of the others.
_ESCAPED = defer_pattern(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
# The GitHub runner takes a line that starts with `::`, behind any blanks, for a command, and `##[` anywhere
# in a line (actions/runner 2.336.0, src/Runner.Common/ActionCommand.cs, TryParseV2 and TryParse).
_COMMAND = defer_pattern(r"(?:^|\s)::|##\[")
# Most long texts are CEL: one line, which starts and ends with a word.
_LINE = defer_pattern("[!-~](?:[ -~]*[!-~])?")
_BETWEEN_WORDS = defer_pattern("(?<! ) (?! )")


class _Dumper(yaml.SafeDumper):
    """Writes long texts as block scalars, and no aliases, which Kyverno's tests cannot read.

    What PyYAML does character by character takes two thirds of `emit`, so that one long line of ASCII is
    looked at as a whole.
    """

    def ignore_aliases(self, data: object) -> bool:
        """Return True: every value is written out."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent the items of a list below its key, as yamllint and most repositories have it."""
        super().increase_indent(flow, False)

    def analyze_scalar(self, scalar: str) -> ScalarAnalysis:
        """Return the styles in which a text may be written."""
        if _is_long(scalar) and _LINE.fullmatch(scalar):
            return ScalarAnalysis(
                scalar=scalar,
                empty=False,
                multiline=False,
                allow_flow_plain=False,  # `_string` chooses another style
                allow_block_plain=False,
                allow_single_quoted=True,
                allow_double_quoted=True,
                allow_block=True,
            )
        return super().analyze_scalar(scalar)

    def write_folded(self, text: str) -> None:
        """Write a text as a folded block scalar, broken behind the first word that passes the width."""
        if not _LINE.fullmatch(text):
            super().write_folded(text)
            return
        self.write_indicator(">-", True)
        self.write_line_break()
        self.write_indent()
        indent = self.indent or 0
        lines = []
        start = 0
        while space := _BETWEEN_WORDS.search(text, start + self.best_width - indent + 1):
            lines.append(text[start : space.start()])
            start = space.end()
        self.stream.write(f"\n{' ' * indent}".join([*lines, text[start:]]))
        self.write_line_break()

    def write_double_quoted(self, text: str, split: bool = True) -> None:
        """Write a quoted text on one line: a line break inside it could put any word first."""
        self.write_indicator(quote_text(text), True)


def dump_documents(documents: Iterable[dict[str, Any]]) -> str:
    """Return the documents as one YAML text, each behind a line `---`."""
    return "".join(f"---\n{dump_document(document)}" for document in documents)


def dump_document(document: object) -> str:
    """Return one document as YAML, without a line `---`."""
    text: str = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text


def quote_text(text: str) -> str:
    """Return a text as a double-quoted YAML scalar on one line."""
    written = _ESCAPED.sub(lambda match: _escape(match[0]), json.dumps(text, ensure_ascii=False))
    return written.replace("::", r":\x3a").replace("##[", r"#\x23[")


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style: str | None
    if _ESCAPED.search(text) or _COMMAND.search(text):
        style = '"'
    elif _is_ambiguous(text):
        style = "'"
    elif "\n" in text:
        style = "|"
    else:
        style = ">" if _is_long(text) else None
    return dumper.represent_scalar(_TEXT, text, style=style)


def _is_long(text: str) -> bool:
    return len(text) > _LONG and " " in text


def _is_ambiguous(text: str) -> bool:
    """Tell whether any parser reads the plain scalar `text` as something else."""
    return (
        _NUMBER.fullmatch(text) is not None
        or resolve_helm_scalar(text) != text
        or resolve_kustomize_scalar(text) != text
        or _is_ambiguous_to_pyyaml(text)
    )


def _is_ambiguous_to_pyyaml(text: str) -> bool:
    resolvers = _Dumper.yaml_implicit_resolvers
    return any(pattern.match(text) for first in (text[:1], None) for _, pattern in resolvers.get(first, ()))


_Dumper.add_representer(str, _string)
