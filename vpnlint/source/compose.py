"""Composes one YAML document into PyYAML's node tree, within limits that no real manifest reaches."""

from __future__ import annotations

import yaml
from yaml._yaml import CParser
from yaml.composer import Composer
from yaml.nodes import ScalarNode
from yaml.reader import ReaderError

from vpnlint.errors import InputError
from vpnlint.source.deferred_pattern import defer_pattern

# The tags of scalars without an explicit tag: a plain one may be a number, a quoted one is a string.
PLAIN = "plain"
STRING = "tag:yaml.org,2002:str"
_MERGE = "tag:yaml.org,2002:merge"
# The characters that end a line for libyaml (YAML 1.1, section 4.1.4).
BREAK = defer_pattern("\r\n|[\n\r\x85\u2028\u2029]")

# The Kubernetes API server rejects requests over 3 MiB (MaxRequestBodyBytes, apiserver v0.34,
# server/config.go).
MAX_LENGTH = 3 << 20
MAX_NODES = 100_000
MAX_DEPTH = 200

_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels, deeper than any manifest"
_TOO_MANY = f"more than {MAX_NODES:,} values, more than any manifest has"

# A list may start at the same column as its key, so an indent of n columns means at most 2n levels.
_COUNTED_DEPTH = MAX_DEPTH // 4
_DEEP_INDENT = defer_pattern(rf"\n[ \-?:]{{{_COUNTED_DEPTH}}}")
# A text shorter than this is too short for so many nodes that memory matters.
_COUNTED_LENGTH = 1 << 18


def is_merge_key(key: yaml.Node) -> bool:
    """Tell whether a key is a merge key: `<<`, plain or tagged `!!merge` (go-yaml v3, decode.go, isMerge)."""
    return key.value == "<<" and key.tag in (PLAIN, _MERGE)


class _Loader(CParser):
    """Composes with libyaml, without PyYAML's tag resolution, which would double the time."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)

    def resolve(self, kind: type, value: str, implicit: tuple[bool, bool]) -> str:
        return PLAIN if kind is ScalarNode and implicit[0] else STRING

    def descend_resolver(self, parent: object, index: object) -> None:
        """Do nothing: there are no path resolvers."""

    def ascend_resolver(self) -> None:
        """Do nothing: there are no path resolvers."""


class _TolerantLoader(Composer, _Loader):
    """Accepts an anchor that is defined twice, as Flux and Helm do: the later definition wins."""

    def __init__(self, text: str) -> None:
        _Loader.__init__(self, text)
        Composer.__init__(self)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()
        if isinstance(event, yaml.NodeEvent) and not isinstance(event, yaml.AliasEvent):
            self.anchors.pop(event.anchor, None)
        return super().compose_node(parent, index)


def compose_document(text: str, file: str, line: int) -> yaml.Node | None:
    """Return the root of one document, or None if it is empty.

    A scalar's tag is its explicit one, else PLAIN or STRING.

    text: the document. file, line: where it starts (0-based), for errors. Raises InputError if the text is
    not YAML, or if the document is larger or deeper than any manifest.
    """
    if len(text) > MAX_LENGTH:
        raise InputError(
            file, f"larger than {MAX_LENGTH >> 20} MiB, which Kubernetes does not accept", line + 1, 1
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
        raise _make_input_error(error, text, file, line) from error


def count_breaks(text: str) -> int:
    """Return the number of line breaks in a text, as libyaml counts them."""
    return text.count("\n") + _count_odd_breaks(text)


def _count_odd_breaks(text: str) -> int:
    """Return the number of line breaks other than line feeds; one search for each character is fastest."""
    odd = text.count("\r")
    if odd:
        odd -= text.count("\r\n")
    return odd if text.isascii() else odd + sum(map(text.count, "\x85\u2028\u2029"))


def _may_exceed(text: str) -> bool:
    """Tell whether a text may exceed a limit, by its length, brackets and indent."""
    # Each level takes a character at least.
    return len(text) > MAX_DEPTH and (
        len(text) > _COUNTED_LENGTH
        or text.count("[") + text.count("{") > _COUNTED_DEPTH
        or _DEEP_INDENT.search(f"\n{text}") is not None
        or _count_odd_breaks(text) > 0
    )


def _check_limits(text: str, file: str, line: int) -> None:
    """Raise InputError at the first node that exceeds a limit.

    This runs before a composer, which recurses and allocates memory for every node.
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
                mark = event.start_mark
                message = _TOO_DEEP if depth > MAX_DEPTH else _TOO_MANY
                raise InputError(file, message, line + mark.line + 1, mark.column + 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _make_input_error(error: yaml.YAMLError, text: str, file: str, line: int) -> InputError:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        # libyaml 0.2.6 itself gives up at 1,000 levels, even while it looks ahead.
        deep = error.problem == "exceeded maximum nesting depth"
        message = _TOO_DEEP if deep else f"not valid YAML: {error.problem or error.context}"
        return (
            InputError(file, message, line + mark.line + 1, mark.column + 1)
            if mark
            else InputError(file, message)
        )
    if isinstance(error, ReaderError):
        # libyaml returns a byte offset for a character that YAML does not allow.
        before = BREAK.split(text.encode()[: error.position].decode(errors="ignore"))
        message = f"not valid YAML: the character U+{error.character:04X} is not allowed"
        return InputError(file, message, line + len(before), len(before[-1]) + 1)
    return InputError(file, f"not valid YAML: {str(error).splitlines()[0]}", line + 1, 1)
