"""Changes the source of a volume, such as an emptyDir into a claim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vpnlint.fixing.add_entry import add_pair
from vpnlint.fixing.draft import Draft
from vpnlint.fixing.remove_entry import remove_entry
from vpnlint.fixing.set_entry import rename_key, set_value
from vpnlint.fixing.syntax import Part
from vpnlint.fixing.text_edit import CannotEdit
from vpnlint.fixing.written_place import make_persistence_item

# The keys of a persistence item in app-template's values that say where it is mounted.
_MOUNTING = ("enabled", "globalMounts", "advancedMounts")


def change_volume(draft: Draft, entry: Part, volume: Mapping[str, Any]) -> None:
    """Change the source of a volume and keep its mounts.

    entry: the volume, an item of the Pod's list or of `persistence` in app-template's values. volume: as a
    Pod has it. Raises CannotEdit where the entry has no such shape.
    """
    if entry.kind != "mapping":
        raise CannotEdit("the volume is no mapping where it is written")
    if entry.parent is not None and entry.parent.name == "persistence":
        _change_item(draft, entry, make_persistence_item(volume))
        return
    sources = [key for key in entry.keys if key.text != "name"]
    if entry.get("name") is None or len(sources) != 1:
        raise CannotEdit("the volume has no such shape where it is written")
    ((kind, source),) = ((key, item) for key, item in volume.items() if key != "name")
    start = entry.start
    rename_key(draft, sources[0], kind)
    set_value(draft, _find(_reopen(draft, start), kind), source)


def _change_item(draft: Draft, entry: Part, item: Mapping[str, Any]) -> None:
    """Change an item of app-template's `persistence`, but for how it is mounted."""
    start = entry.start
    for name in [key.text for key in entry.keys if key.text not in (*_MOUNTING, *item)]:
        remove_entry(draft, _find(_reopen(draft, start), name))
    for key, value in item.items():
        entry = _reopen(draft, start)
        old = entry.get(key)
        if old is None:
            add_pair(draft, entry, key, value)
        else:
            set_value(draft, old, value)


def _reopen(draft: Draft, start: int) -> Part:
    """Return a mapping as it is now."""
    part = draft.tree.find_start(start, "mapping")
    if part is None:
        raise CannotEdit("its place in the file is not understood")
    return part


def _find(entry: Part, key: str) -> Part:
    part = entry.get(key)
    if part is None:
        raise CannotEdit("its place in the file is not understood")
    return part
