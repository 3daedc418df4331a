"""Composes the text of one YAML document into PyYAML's node tree, within limits far above any manifest."""

from __future__ import annotations

import re

import yaml
from yaml._yaml import CParser
from yaml.composer import Composer
from yaml.nodes import ScalarNode
from yaml.reader import ReaderError

from vpnlint.errors import InputError

# The tags of scalars without a tag of their own: what stands plain may be a number, what is quoted is a
# string.
PLAIN = "plain"
STRING = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
# The breaks that libyaml counts as the end of a line (YAML 1.1, section 4.1.4).
BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")

# The Kubernetes API server takes no request over 3 MiB (MaxRequestBodyBytes in apiserver v0.34,
# server/config.go).
MAX_LENGTH = 3 << 20
MAX_NODES = 100_000
MAX_DEPTH = 200

_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels: no manifest is so"

# A mapping and a list may start at one column, so that many columns hold twice as many levels at most.
_COUNTED_DEPTH = MAX_DEPTH // 4
_DEEP_INDENT = re.compile(rf"\n[ \-?:]{{{_COUNTED_DEPTH}}}")
# Text shorter than this has too few characters for too many nodes to be a matter of memory.
_COUNTED_LENGTH = 1 << 18


def is_merge_key(key: yaml.Node) -> bool:
    """Tell whether a key merges the value under it: `<<`, plain or tagged `!!merge`.

    Source: go-yaml v3, decode.go, isMerge.
    """
    return key.value == "<<" and key.tag in (PLAIN, _MERGE)


class _Loader(CParser):
    """libyaml's composer without PyYAML's tag resolution, which takes as long as all the rest."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)

    def resolve(self, kind: type, value: str, implicit: tuple[bool, bool]) -> str:
        return PLAIN if kind is ScalarNode and implicit[0] else STRING

    def descend_resolver(self, parent: object, index: object) -> None:
        """Do nothing: there are no path resolvers."""

    def ascend_resolver(self) -> None:
        """Do nothing: there are no path resolvers."""


class _TolerantLoader(Composer, _Loader):
    """A composer that accepts an anchor defined twice, as Flux and Helm do: the later definition wins."""

    def __init__(self, text: str) -> None:
        _Loader.__init__(self, text)
        Composer.__init__(self)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()
        if isinstance(event, yaml.NodeEvent) and not isinstance(event, yaml.AliasEvent):
            self.anchors.pop(event.anchor, None)
        return super().compose_node(parent, index)


def compose_document(text: str, file: str, line: int) -> yaml.Node | None:
    """Return the root of one document, or None where it is empty.

    The tag of a scalar is PLAIN, STRING, or the one that it is written with.

    text: the document. file, line: where it starts (0-based), for errors. Raises InputError for text that is
    not YAML, and for a document larger or deeper than any manifest.
    """
    if len(text) > MAX_LENGTH:
        raise InputError(
            file, f"larger than {MAX_LENGTH >> 20} MiB: Kubernetes takes no such object", line + 1, 1
        )
    try:
        if _may_exceed(text):
            _check_limits(text, file, line)
        try:
            return _Loader(text).get_single_node()
        except yaml.composer.ComposerError as error:
            if not str(error).startswith("found duplicate anchor"):
                raise
        return _TolerantLoader(text).get_single_node()
    except yaml.YAMLError as error:
        raise _input_error(error, text, file, line) from error


def count_breaks(text: str) -> int:
    """Return how many line breaks, as libyaml counts them, are in the text."""
    return text.count("\n") + _odd_breaks(text)


def _odd_breaks(text: str) -> int:
    """Return how many line breaks are not a line feed; several searches for one character are the fastest."""
    odd = text.count("\r")
    if odd:
        odd -= text.count("\r\n")
    return odd if text.isascii() else odd + sum(map(text.count, "\x85\u2028\u2029"))


def _may_exceed(text: str) -> bool:
    """Tell whether the text's length, brackets or indent could mean that it exceeds a limit."""
    return (
        len(text) > _COUNTED_LENGTH
        or text.count("[") + text.count("{") > _COUNTED_DEPTH
        or _DEEP_INDENT.search(f"\n{text}") is not None
        or _odd_breaks(text) > 0
    )


def _check_limits(text: str, file: str, line: int) -> None:
    """Raise InputError at the first node that exceeds a limit.

    Composers recurse and take memory for every node, so this comes before them.
    """
    depth = nodes = 0
    parser = _Loader(text)
    while parser.check_event():
        event = parser.get_event()
        if isinstance(event, yaml.NodeEvent):
            nodes += 1
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            if (depth > MAX_DEPTH or nodes > MAX_NODES) and event.start_mark is not None:
                limit = (
                    _TOO_DEEP if depth > MAX_DEPTH else f"more than {MAX_NODES:,} values: no manifest is so"
                )
                mark = event.start_mark
                raise InputError(file, limit, line + mark.line + 1, mark.column + 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _input_error(error: yaml.YAMLError, text: str, file: str, line: int) -> InputError:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        # libyaml 0.2.6 gives up by itself, at 1,000 levels and while it looks ahead.
        deep = error.problem == "exceeded maximum nesting depth"
        message = _TOO_DEEP if deep else f"not valid YAML: {error.problem or error.context}"
        return (
            InputError(file, message, line + mark.line + 1, mark.column + 1)
            if mark
            else InputError(file, message)
        )
    if isinstance(error, ReaderError):
        # libyaml gives the offset in bytes of a character that YAML does not allow.
        before = BREAK.split(text.encode()[: error.position].decode(errors="ignore"))
        message = f"not valid YAML: the character U+{error.character:04X} is not allowed"
        return InputError(file, message, line + len(before), len(before[-1]) + 1)
    return InputError(file, f"not valid YAML: {str(error).splitlines()[0]}", line + 1, 1)
