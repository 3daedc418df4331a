"""Everything that judges, loaded as late as it is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import TYPE_CHECKING

from vpnlint import catalog, data
from vpnlint.catalog import Catalog
from vpnlint.rules import Rule, read

if TYPE_CHECKING:
    from vpnlint.programs import Programs


@dataclass(frozen=True)
class Ruleset:
    """The catalogue, and the rules of the folders: as data, and compiled."""

    catalog: Catalog
    folders: tuple[FilePath, ...]

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of all folders, in the order of their ids. Raises RuleError at the place of what is broken."""
        return read(self.folders)

    @cached_property
    def programs(self) -> Programs:
        """The rules compiled, once; most runs in pre-commit meet no torrent client and never need CEL at all."""
        from vpnlint.programs import Programs

        return Programs(self.rules)


def load(extra: Sequence[FilePath] = ()) -> Ruleset:
    """Load the catalogue, and the user's rules in the folders of `extra`, which are compiled at once.

    Raises RuleError at the place of what is broken. vpnlint's own rules are read when they are first needed.
    """
    ruleset = Ruleset(catalog.load(data.shipped() / "catalog"), (data.shipped(), *extra))
    if extra:
        ruleset.programs  # noqa: B018  (refuses what is broken)
    return ruleset
