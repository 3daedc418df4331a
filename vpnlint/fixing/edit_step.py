"""One change of a Pod → edits of the files that the Pod comes from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import yaml

from vpnlint.fixing.add_entry import add_contents, add_pair
from vpnlint.fixing.add_variable import add_variable
from vpnlint.fixing.change_volume import change_volume
from vpnlint.fixing.drafts import Drafts, LocatedStep
from vpnlint.fixing.emit import Value
from vpnlint.fixing.move_container import move_container
from vpnlint.fixing.remove_entry import remove_entry
from vpnlint.fixing.set_entry import rename_key, set_line, set_value
from vpnlint.fixing.syntax import Part
from vpnlint.fixing.text_edit import CannotEdit
from vpnlint.fixing.written_place import PROBES, find_written_place, is_listed
from vpnlint.results.fix import FixAction, FixStep

_VOLUMES = ("spec", "volumes")
_Edit: TypeAlias = Callable[[Drafts, LocatedStep], None]


def edit_step(drafts: Drafts, located: LocatedStep, digests: Mapping[str, str]) -> None:
    """Make the edits of one step. digests: of all images that are pinned, by reference.

    Raises CannotEdit if the step is not possible.
    """
    if located.step.action == "pin":
        _pin(drafts, located, digests)
    elif located.step.line:
        _edit_line(drafts, located)
    else:
        _EDITS[located.step.action](drafts, located)


def _edit_line(drafts: Drafts, located: LocatedStep) -> None:
    """Change a line of a block scalar, or of a file that a ConfigMap takes as a whole."""
    step = located.step
    place = step.found[-1] if step.found else step.place
    draft = drafts.open(place.file)
    part = drafts.find_part(located.found[-1] if located.found else None)
    if part is not None and part.style == "|":
        draft.refuse_shared(part)
        start, end = draft.tree.next_line(part.start), part.end
    elif place[1:] == (1, 1, 1, 1):
        start, end = 0, len(draft.text)
    else:
        raise CannotEdit(f"{place.file}:{place.line} holds no lines of their own")
    set_line(draft, start, end, step.line, None if step.action == "remove" else step.value)


def _set(drafts: Drafts, located: LocatedStep) -> None:
    step = located.step
    if step.keys[:-1] == _VOLUMES and _is_written(located):
        _set_volume(drafts, located)
        return
    if not _is_written(located) or _is_made_by_chart(drafts, located):
        _put(drafts, located, _read_value(step))
        return
    if step.keys[0] == "env" and step.current is None:
        place = step.found[-1]
        raise CannotEdit(f"{step.path} comes from elsewhere, see {place.file}:{place.line}")
    if step.keys[0] == "env" and drafts.find_named(located) is None:
        _put(drafts, located, _read_value(step))  # the chart's own, over which the user's wins
        return
    draft, part = drafts.find_value(located)
    if part.kind == "alias" or draft.tree.shared_by(part) is None:
        set_value(draft, part, _read_value(step))
    else:
        _override(drafts, located, _read_value(step))


def _set_volume(drafts: Drafts, located: LocatedStep) -> None:
    step = located.step
    draft = drafts.open(step.found[-1].file)
    entry = drafts.find_part(located.found[-1])
    if entry is None:
        raise CannotEdit(
            f"{step.path} is made of {step.place.file}:{step.place.line}, where it is not written"
        )
    draft.refuse_shared(entry)
    change_volume(draft, entry, _read_value(step))


def _is_written(located: LocatedStep) -> bool:
    """Tell whether a value of its own is written at a step's path."""
    return len(located.found) == len(located.step.keys) and located.found[-1] not in (None, located.base)


def _is_made_by_chart(drafts: Drafts, located: LocatedStep) -> bool:
    """Tell whether the step is about a probe, which charts make from values of another shape."""
    step = located.step
    if step.base != "container" or len(step.keys) != 1 or step.keys[0] not in PROBES:
        return False
    return not is_listed(drafts.find_base(located)[1])


def _override(drafts: Drafts, located: LocatedStep, value: Value) -> None:
    """Override a value that is merged from an anchor by a key beside the merge."""
    draft, base = drafts.find_base(located)
    mapping = base.get(*located.step.keys[:-1])
    if mapping is None or mapping.get("<<") is None or mapping.get(located.step.keys[-1]) is not None:
        _, part = drafts.find_value(located)
        alias = draft.tree.shared_by(part)
        line = draft.tree.line(alias.start) if alias is not None else 0
        raise CannotEdit(
            f"{located.step.path} is shared by an alias in line {line}; give it a text of its own"
        )
    add_pair(draft, mapping, located.step.keys[-1], value)


def _add(drafts: Drafts, located: LocatedStep) -> None:
    value = _read_value(located.step)
    if located.step.keys[0] == "env" and isinstance(value, list):
        for variable in value:
            add_variable(drafts, located, variable["name"], variable["value"])
    else:
        _put(drafts, located, value)


def _put(drafts: Drafts, located: LocatedStep, value: Any) -> None:  # noqa: ANN401  (YAML of any shape)
    """Add a value at a path, creating what is missing, or add its entries to a mapping or list there."""
    step = located.step
    if step.keys[0] == "env":
        add_variable(drafts, located, step.keys[1], value)
        return
    draft, base = drafts.find_base(located)
    place = find_written_place(step, base, value)
    value = place.value
    part: Part = place.base
    for number, key in enumerate(place.keys):
        inner = part.get(key)
        if inner is None:
            if number < len(located.found) and step.keys == place.keys and is_listed(base):
                span = step.found[number]
                raise CannotEdit(f"{key} comes from {span.file}:{span.line}, which others use, too")
            for outer in reversed(place.keys[number + 1 :]):
                value = {outer: value}
            add_pair(draft, part, key, value, before="containers" if key == "initContainers" else "")
            return
        part = inner
    if step.action == "set":
        set_value(draft, part, value)
    else:
        add_contents(draft, part, value, first=place.keys[-1] == "initContainers")


def _remove(drafts: Drafts, located: LocatedStep) -> None:
    if len(located.found) < len(located.step.keys):
        return  # it is not there
    remove_entry(*drafts.find_entry(located))


def _rename(drafts: Drafts, located: LocatedStep) -> None:
    draft, entry = drafts.find_entry(located)
    named = entry.get("name")
    if entry.key is not None and entry.name == located.step.keys[-1]:
        rename_key(draft, entry.key, located.step.value)
    elif named is not None:
        set_value(draft, named, located.step.value)


def _move(drafts: Drafts, located: LocatedStep) -> None:
    draft, container = drafts.find_base(located)
    move_container(draft, container, located.step.path, located.step.value)


def _pin(drafts: Drafts, located: LocatedStep, digests: Mapping[str, str]) -> None:
    """Put an image's digest behind its tag."""
    step = located.step
    image = step.current or ""
    ref = located.found[-1] if located.found else None
    part = drafts.find_part(ref)
    if ref is None or part is None or part.kind != "scalar":
        raise CannotEdit(f"{step.path} comes from {step.place.file}:{step.place.line}")
    if part.text != image and not image.endswith(f":{part.text}"):
        raise CannotEdit(f"{step.path} is written as {part.text!r}")
    set_value(drafts.open(ref.file), part, f"{part.text}@{digests[image]}")


_EDITS: Mapping[FixAction, _Edit] = {
    "set": _set,
    "add": _add,
    "remove": _remove,
    "rename": _rename,
    "move": _move,
}


def _read_value(step: FixStep) -> Any:  # noqa: ANN401  (YAML of any shape)
    """Return the value of a step: a text for a variable, YAML for everything else.

    Raises CannotEdit if texts from the manifests make it invalid YAML.
    """
    if step.keys[0] == "env" and len(step.keys) > 1:
        return step.value
    try:
        return yaml.safe_load(step.value)
    except yaml.YAMLError as error:
        raise CannotEdit(f"the new {step.path} would be no YAML") from error
