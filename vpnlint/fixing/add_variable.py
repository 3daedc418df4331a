"""Adds a variable to a container, next to its other ones."""

from __future__ import annotations

from vpnlint.fixing.add_entry import add_item, add_pair
from vpnlint.fixing.drafts import Drafts, LocatedStep, ValueRef
from vpnlint.fixing.emit import Value
from vpnlint.fixing.syntax import Part
from vpnlint.fixing.text_edit import CannotEdit
from vpnlint.fixing.written_place import is_listed


def add_variable(drafts: Drafts, located: LocatedStep, name: str, value: str) -> None:
    """Add a variable to a container's list or mapping of variables, or as its first one.

    Raises CannotEdit if other containers take their variables from the same place.
    """
    draft, base = drafts.find_base(located)
    holder, collection = _find_collection(drafts, located, base)
    if collection is None:
        first: Value = [{"name": name, "value": value}] if is_listed(base) else {name: value}
        add_pair(draft, base, "env", first)
        return
    if holder is not None and located.base is not None and holder.file == located.base.file:
        # The values of charts with one main container hold its image and its variables side by side.
        is_main = base.name == "image" and base.parent is collection.parent
        is_own = is_main or base in collection.above() or collection.parent is None
        if not is_own and draft.tree.shared_by(collection) is None:
            raise CannotEdit(
                f"its variables stand in line {draft.tree.line(collection.start)}, for others, too"
            )
    target = drafts.open(holder.file) if holder is not None else draft
    if collection.kind == "list":
        add_item(target, collection, {"name": name, "value": value})
    else:
        add_pair(target, collection, name, value)


def _find_collection(drafts: Drafts, located: LocatedStep, base: Part) -> tuple[ValueRef | None, Part | None]:
    """Return the list or mapping that a container's variables are in; None where it has none."""
    holder = located.found[0] if located.found else None
    collection = drafts.find_part(holder)
    if collection is not None and collection is not base and collection.kind in ("mapping", "list"):
        return holder, collection
    for ref in located.siblings:
        part = drafts.find_part(ref)
        for outer in part.above() if part is not None else ():
            if outer.name == "env" and ref is not None:
                return ref, outer
    return located.base, base.get("env")
