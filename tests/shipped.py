"""The shipped rules, read and compiled once for all tests of a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from vpnlint.ruleset.cache import NO_CACHE, Cache
from vpnlint.ruleset.ruleset import Ruleset, load_rules
from vpnlint.source.node import Node

RULESET = load_rules()


def load_compiled(
    extra: Sequence[Path] = (), images: Mapping[str, Node] | None = None, cache: Cache = NO_CACHE
) -> Ruleset:
    """Be `load_rules` for a command that runs in the process of the tests.

    A run with rules or images of its own reads all anew; tests/ruleset/test_cache.py holds that nothing else
    makes a difference.
    """
    return load_rules(extra, images, cache) if extra or images else RULESET
