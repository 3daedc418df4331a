"""The context in which one cluster is reconciled: its files, the functions that make objects, and itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from vpnlint.files.tree import Tree
from vpnlint.gitops.cluster import Cluster
from vpnlint.gitops.makers import Makers
from vpnlint.gitops.source_paths import Locate


class Context(NamedTuple):
    """Everything that the kinds which apply others need to do so.

    matters: as for build_folder. locate: finds the place of a path. makers: builds folders, and makes objects
    of others. cluster: takes the applied charts, and notes on missing, broken and suspended objects.
    """

    tree: Tree
    matters: Callable[[str], bool]
    locate: Locate
    makers: Makers
    cluster: Cluster
