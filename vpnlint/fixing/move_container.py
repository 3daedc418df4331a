"""Moves a container to another list of its Pod, such as a native sidecar to initContainers."""

from __future__ import annotations

from vpnlint.fixing.add_entry import add_pair
from vpnlint.fixing.draft import Draft
from vpnlint.fixing.move_entry import move_entry
from vpnlint.fixing.remove_entry import remove_entry
from vpnlint.fixing.syntax import Part
from vpnlint.fixing.text_edit import CannotEdit
from vpnlint.fixing.written_place import CONTAINER_LISTS


def move_container(draft: Draft, container: Part, section: str, behind: str) -> None:
    """Move a container to a list of its Pod; if it is there already, order it behind another one.

    app-template orders each list by `dependsOn`, and Helm refuses names from other lists, so `dependsOn` is
    changed accordingly. Raises CannotEdit where the Pod's shape is not known.
    """
    outer = container.parent
    if outer is None or outer.name not in CONTAINER_LISTS or outer.parent is None:
        raise CannotEdit("how the Pod is written here is not known")
    target = outer.parent.get(section)
    if target is outer:
        _order(draft, container, outer, section, behind)
        return
    name, left = container.name, outer.name
    *steps, root = outer.parent.above()
    number, path = draft.tree.roots.index(root), [part.name for part in reversed(steps)]
    move_entry(draft, container, target, section)
    if name:
        _remove_dependency(draft, number, (*path, section, name), "")
        for other in [part.text for part in _find(draft, number, (*path, left)).keys]:
            _remove_dependency(draft, number, (*path, left, other), name)


def _order(draft: Draft, container: Part, outer: Part, section: str, behind: str) -> None:
    """Let a container start behind another one of its list."""
    if not container.name:
        move_entry(draft, container, outer, section)
    elif container.get("dependsOn") is None:
        add_pair(draft, container, "dependsOn", behind)
    else:
        raise CannotEdit(f"{container.name} depends on others already")


def _find(draft: Draft, number: int, path: tuple[str, ...]) -> Part:
    """Return the value at these keys of a document."""
    part = draft.tree.roots[number].get(*path)
    if part is None:
        raise CannotEdit("its place in the file is not understood")
    return part


def _remove_dependency(draft: Draft, number: int, path: tuple[str, ...], name: str) -> None:
    """Remove a name from the `dependsOn` of the container at these keys; the empty one stands for all."""
    depends = _find(draft, number, path).get("dependsOn")
    if depends is None:
        return
    if not name:
        remove_entry(draft, depends)
        return
    link = next((part for part in depends.within() if part.kind == "scalar" and part.text == name), None)
    if link is not None:
        remove_entry(draft, link)
