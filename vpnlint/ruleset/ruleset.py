"""The catalogue and the rules, each read and compiled when it is first needed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from vpnlint.ruleset.assembled_images import assembles_image
from vpnlint.ruleset.cache import NO_CACHE, Cache
from vpnlint.ruleset.catalog import Catalog
from vpnlint.ruleset.catalog_reader import load_catalog
from vpnlint.ruleset.data_file import find_shipped_folder
from vpnlint.ruleset.extra_images import add_images
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node

if TYPE_CHECKING:
    from vpnlint.ruleset.compiled import CompiledRuleset
    from vpnlint.ruleset.rule import Rule

# In lower case. A backslash at the end of a line joins it to the next one.
_ESCAPES = (b"\\x", b"\\u", b"\\\n", b"\\\r", b"\\/")
_ESCAPED = defer_pattern(
    rb"\\(?:x([0-9a-f]{2})|u0000([0-9a-f]{4})|u([0-9a-f]{4})|(/)|\r?\n[ \t]*(?:\\(?=[ \t]))?)"
)
# The tag is `!!binary`, `!<tag:yaml.org,2002:binary>`, or what a directive `%TAG` makes of another one.
_BINARY = (b"!!binary", b"2002:binary")


def _unescape(match: re.Match[bytes]) -> bytes:
    digits = match[1] or match[2] or match[3]
    if digits is None:
        return match[4] or b""
    code = int(digits, 16)
    return bytes([code]).lower() if code < 0x80 else b"?"


class Ruleset:
    """The catalogue, and the rules of some folders: as data and compiled."""

    def __init__(self, folders: Sequence[FilePath], images: Mapping[str, Node], cache: Cache) -> None:
        """Take the folders.

        images: those that the user's configuration adds to the catalogue, each with its program or a known
        image. cache: the results of earlier runs for the same files.
        """
        self.folders = tuple(folders)
        self.images = images
        self.cache = cache

    @cached_property
    def catalog(self) -> Catalog:
        """The catalogue. Raises RuleError or ConfigError at the place of the mistake."""
        return add_images(load_catalog(find_shipped_folder() / "catalog", self.cache), self.images)

    def mentions_client(self, text: bytes) -> bool:
        """Tell whether a lower-case text may name a torrent client; every manifest that runs one does.

        YAML and JSON may write any letter by an escape, and `!!binary` a whole text by base64. A name may be
        put together from parts, which may stand elsewhere.
        """
        words = self.catalog.words
        if any(map(text.__contains__, words)):
            return True
        if b"%tag" in text or (b"binary" in text and any(tag in text for tag in _BINARY)):
            return True
        if assembles_image(text):
            return True
        if b"\\" not in text or not any(sign in text for sign in _ESCAPES):
            return False
        plain = _ESCAPED.sub(_unescape, text)
        return any(map(plain.__contains__, words))

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of all folders, sorted by id. Raises RuleError at the place of the mistake."""
        return _read_rules(self.folders, self.cache)

    @cached_property
    def described_rules(self) -> tuple[Rule, ...]:
        """The rules and those about vpnlint's own configuration, which judge no Pod; sorted by id."""
        meta = _read_rules([find_shipped_folder() / "meta"], self.cache)
        return tuple(sorted((*self.rules, *meta), key=lambda rule: rule.id))

    @cached_property
    def compiled(self) -> CompiledRuleset:
        """The rules in CEL, compiled once. Most pre-commit runs meet no torrent client and need no CEL."""
        from vpnlint.ruleset.compiled import CompiledRuleset
        from vpnlint.ruleset.defences import read_defences
        from vpnlint.ruleset.kept_expressions import KeptExpressions

        shipped = find_shipped_folder()
        made_of = (*self.folders, shipped / "catalog", shipped / "views")
        kept = KeptExpressions(self.cache, made_of)
        return CompiledRuleset(self.rules, self.catalog, read_defences(self.cache), kept)

    def keep_compiled(self) -> None:
        """Keep the expressions that this run compiled for later runs."""
        if "compiled" in self.__dict__:
            self.compiled.engine.kept.save()


def load_rules(
    extra: Sequence[FilePath] = (), images: Mapping[str, Node] | None = None, cache: Cache = NO_CACHE
) -> Ruleset:
    """Return the shipped rules and the user's own in the folders of `extra`.

    The user's rules are compiled at once, so that a mistake in them is always reported: raises RuleError at
    its place. The shipped rules are read when they are first needed.
    """
    ruleset = Ruleset((find_shipped_folder(), *extra), images or {}, cache)
    if extra:
        shipped = str(find_shipped_folder())
        for rule in ruleset.compiled.rules:
            if os.path.dirname(rule.rule.source.file) != shipped:
                rule.compile()
    return ruleset


def _read_rules(folders: Sequence[FilePath], cache: Cache) -> tuple[Rule, ...]:
    # Most pre-commit runs meet no torrent client and need not pay for the import.
    from vpnlint.ruleset.rule import read_rules

    return read_rules(folders, cache)
