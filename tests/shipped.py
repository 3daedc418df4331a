"""The shipped rules, read and compiled once for all tests of a process, or by the tests before."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from vpnlint.ruleset.cache import NO_CACHE, Cache, find_user_cache
from vpnlint.ruleset.ruleset import Ruleset, load_rules
from vpnlint.source.node import Node

RULESET = load_rules(cache=find_user_cache())
# Who reads rules to judge by them.
_READERS = ("vpnlint.config.settings", "vpnlint.commands.compare", "vpnlint.editor.session")


def load_compiled(
    extra: Sequence[Path] = (), images: Mapping[str, Node] | None = None, cache: Cache = NO_CACHE
) -> Ruleset:
    """Be `load_rules` for a command that runs in the process of the tests.

    A run with rules or images of its own reads all anew; tests/ruleset/test_cache.py holds that nothing else
    makes a difference.
    """
    return load_rules(extra, images, cache) if extra or images else RULESET


def share_rules(patch: pytest.MonkeyPatch) -> None:
    """Let vpnlint's modules that are imported take the rules of this process."""
    for name in _READERS:
        if module := sys.modules.get(name):
            patch.setattr(module, "load_rules", load_compiled)
