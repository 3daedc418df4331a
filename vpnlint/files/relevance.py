"""Which files certainly take part in nothing that runs a torrent client, told without parsing the repository."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from vpnlint.errors import InputError
from vpnlint.files.discover import CHART, KUSTOMIZATIONS, VALUES
from vpnlint.files.index import LEADING_GROUPS, may_matter
from vpnlint.files.listing import read_listing
from vpnlint.files.repositories import Selection
from vpnlint.files.workspace import Workspace
from vpnlint.source.document import skim

_FOLDER_FILES = (*KUSTOMIZATIONS, CHART, VALUES)


def may_take_part(selection: Selection) -> bool:
    """Tell whether anything that was asked about may take part in what runs a client.

    A file does not if it holds none of the words that an object which matters is written with, and no kustomization or
    Application uses it: one that did would hold its name.
    """
    if selection.streams or selection.requested.folders:
        return True
    return any(_may(path, workspace, selection) for path, workspace in selection.named.items())


def _may(path: str, workspace: Workspace, selection: Selection) -> bool:
    name = os.path.basename(path)
    data = workspace.read(path)
    if path in selection.near[workspace] or name in _FOLDER_FILES:
        return True
    if isinstance(data, bytes) and may_matter(data):
        return True
    return any(_uses(user, path, workspace) for user in _naming(name.encode(), path, workspace))


def _naming(name: bytes, path: str, workspace: Workspace) -> Iterable[str]:
    # A path holds a file's name behind a slash or as a whole.
    pattern = re.compile(rb"(?<![\w.-])" + re.escape(name))
    for other in workspace.files:
        data = workspace.read(other)
        if other != path and isinstance(data, bytes) and pattern.search(data):
            yield other


def _uses(user: str, path: str, workspace: Workspace) -> bool:
    """Tell whether a file that holds the name of another may use it for anything else than a resource."""
    text = workspace.text(user)
    if not isinstance(text, str):
        return False
    if os.path.basename(user) not in KUSTOMIZATIONS:
        return any(group in text for group in LEADING_GROUPS)
    roots = [item.root for item in skim(text, workspace.name(user), bool)]
    listing = read_listing([root for root in roots if not isinstance(root, InputError)])
    folder = os.path.dirname(user)
    return any(
        workspace.canonical(os.path.normpath(os.path.join(folder, used))) == path for used in listing.used
    )
