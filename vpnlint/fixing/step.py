"""One change of a Pod → edits of the text that the Pod is made of.

What a person edits has another shape than the Pod: `env` is a mapping in app-template's values, a startup
probe stands under `probes`, a volume under `persistence`. A change whose place has no such shape is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from vpnlint.finding import FixStep
from vpnlint.fixing.draft import CannotEdit, Draft
from vpnlint.fixing.emit import Value
from vpnlint.fixing.syntax import Kind, Part
from vpnlint.source.node import Span

_IDENTIFIERS = ("containers", "initContainers")
_OWN = ("env", "securityContext", "resources", "lifecycle")
# What app-template calls a field of the workload.
_CONTROLLER_FIELDS = {
    ("spec", "strategy", "type"): ("strategy",),
    ("spec", "strategy", "rollingUpdate"): ("rollingUpdate",),
}
_PROBES = {"startupProbe": "startup", "livenessProbe": "liveness", "readinessProbe": "readiness"}


@dataclass(frozen=True)
class _Ref:
    """A value of an original text."""

    file: str
    start: int
    kind: Kind


@dataclass(frozen=True)
class Located:
    """A step, and the values in the original texts that it is about; None for what stands nowhere."""

    step: FixStep
    base: _Ref | None
    found: tuple[_Ref | None, ...]
    siblings: tuple[_Ref | None, ...]


def locate(step: FixStep, open_draft: Callable[[str], Draft]) -> Located:
    """Return a step with what it is about. Raises CannotEdit where a file of it is not to be edited."""

    def refer(span: Span) -> _Ref | None:
        part = open_draft(span.file).tree.find(span)
        return _Ref(span.file, part.start, part.kind) if part is not None else None

    return Located(step, refer(step.place), tuple(map(refer, step.found)), tuple(map(refer, step.siblings)))


class StepEditor:
    """Makes the edits of steps in the drafts of files."""

    def __init__(self, open_draft: Callable[[str], Draft], digests: Mapping[str, str]) -> None:
        """Take what opens a file, and the digests of images by their references, of each that is pinned."""
        self._open = open_draft
        self._digests = digests

    def make(self, located: Located) -> None:
        """Make the edits of one step. Raises CannotEdit where that is not possible."""
        step = located.step
        if step.line:
            self._change_line(located)
            return
        {
            "set": self._set,
            "add": self._add,
            "remove": self._remove,
            "rename": self._rename,
            "move": self._move,
            "pin": self._pin,
        }[step.action](located)

    def _change_line(self, located: Located) -> None:
        """Change a line in a block of text, or in a file that is one text for whoever reads it."""
        step = located.step
        place = step.found[-1] if step.found else step.place
        draft = self._open(place.file)
        part = self._part(located.found[-1] if located.found else None)
        if part is not None and part.style == "|":
            draft.refuse_shared(part)
            start, end = draft.tree.next_line(part.start), part.end
        elif place[1:] == (1, 1, 1, 1):
            start, end = 0, len(draft.text)
        else:
            raise CannotEdit(f"{place.file}:{place.line} holds no lines of their own")
        draft.change_line(start, end, step.line, None if step.action == "remove" else step.value)

    def _part(self, ref: _Ref | None) -> Part | None:
        return self._open(ref.file).find(ref.start, ref.kind) if ref is not None else None

    def _base(self, located: Located) -> tuple[Draft, Part]:
        part = self._part(located.base)
        if part is None or located.base is None or part.kind not in ("mapping", "scalar"):
            place = located.step.place
            raise CannotEdit(f"what it changes is made of {place.file}:{place.line}, where it is not written")
        return self._open(located.base.file), part

    def _last(self, located: Located) -> tuple[Draft, Part]:
        """Return the value at the step's path as it is written."""
        step = located.step
        ref = located.found[-1] if located.found else None
        part = self._part(ref)
        place = step.found[-1] if step.found else step.place
        if ref is None or part is None or ref == located.base:
            raise CannotEdit(
                f"{step.path} comes from {place.file}:{place.line}, where it is not written as such"
            )
        if step.current is not None and part.kind == "scalar" and part.text != step.current:
            shown = part.text.strip().split("\n")[0]
            raise CannotEdit(
                f"{place.file}:{place.line} has {shown!r}, of which something else makes {step.path}"
            )
        return self._open(ref.file), part

    def _set(self, located: Located) -> None:
        step = located.step
        if len(located.found) < len(step.keys) or located.found[-1] in (None, located.base):
            self._put(located, _value(step))
            return
        if step.keys[0] == "env" and step.current is None:
            place = step.found[-1]
            raise CannotEdit(f"{step.path} comes from elsewhere, see {place.file}:{place.line}")
        if _probe(step) and self._is_template(located):
            self._put(located, _value(step))
            return
        if step.keys[0] == "env" and self._named(located) is None:
            self._put(located, _value(step))  # the chart's own, over which the user's wins
            return
        draft, part = self._last(located)
        if part.kind == "alias" or draft.tree.shared_by(part) is None:
            draft.set_value(part, _value(step))
        else:
            self._override(located, _value(step))

    def _override(self, located: Located, value: Value) -> None:
        """Set a value that is merged from an anchor: its own key beside the merge wins."""
        draft, base = self._base(located)
        mapping = base.get(*located.step.keys[:-1])
        if mapping is None or mapping.get("<<") is None or mapping.get(located.step.keys[-1]) is not None:
            _, part = self._last(located)
            alias = draft.tree.shared_by(part)
            line = draft.tree.line(alias.start) if alias is not None else 0
            raise CannotEdit(
                f"{located.step.path} is shared by an alias in line {line}; give it a text of its own"
            )
        draft.add_pair(mapping, located.step.keys[-1], value)

    def _add(self, located: Located) -> None:
        step = located.step
        value = _value(step)
        if step.keys[0] == "env" and isinstance(value, list):
            for variable in value:
                self._put_variable(located, variable["name"], variable["value"])
        else:
            self._put(located, value)

    def _put(self, located: Located, value: Any) -> None:  # noqa: ANN401  (YAML of any shape)
        """Add a value at a path of which the end does not exist, or what a mapping or list holds to it."""
        step = located.step
        if step.keys[0] == "env":
            self._put_variable(located, step.keys[1], value)
            return
        draft, base = self._base(located)
        keys, value = self._translate(located, base, value)
        if keys and keys[0] == "values":
            base, keys = _values_of(base), keys[1:]
        part: Part | None = base
        for number, key in enumerate(keys):
            inner = part.get(key) if part is not None else None
            if inner is None and number < len(located.found) and step.keys == keys and _is_listed(base):
                place = step.found[number]
                raise CannotEdit(f"{key} comes from {place.file}:{place.line}, which others use, too")
            if inner is None:
                for outer in reversed(keys[number + 1 :]):
                    value = {outer: value}
                if part is None:
                    raise CannotEdit("its place in the file is not understood")
                draft.add_pair(part, key, value, before="containers" if key == "initContainers" else "")
                return
            part = inner
        if part is not None and step.action == "set":
            draft.set_value(part, value)
        elif part is not None:
            _merge(draft, part, value, first=keys[-1] == "initContainers")

    def _translate(
        self,
        located: Located,
        base: Part,
        value: Any,  # noqa: ANN401  (YAML of any shape)
    ) -> tuple[tuple[str, ...], Any]:
        """Return a path and a value of the Pod as they are written below the base."""
        step = located.step
        keys = step.keys
        if step.base != "container":
            return self._translate_pod(base, keys, value)
        if _is_listed(base):
            return keys, value
        if _is_app_template(base):
            if keys[0] in _PROBES:
                probe = {"enabled": True, "custom": True, "spec": value}
                return ("probes", _PROBES[keys[0]]), probe
            if keys[0] == "volumeMounts":
                mount = value[0]
                controller, container = _controller(base), base.name
                paths = [{"path": mount["mountPath"]}]
                return (
                    "values",
                    "persistence",
                    mount["name"],
                    "advancedMounts",
                    controller,
                    container,
                ), paths
            return keys, value
        if keys[0] not in _OWN:
            raise CannotEdit(f"how {keys[0]} is written here is not known")
        return keys, value

    def _translate_pod(
        self,
        base: Part,
        keys: tuple[str, ...],
        value: Any,  # noqa: ANN401  (YAML of any shape)
    ) -> tuple[tuple[str, ...], Any]:
        if base.get("spec") is not None:
            return keys, value
        if base.parent is None or base.parent.name != "controllers":
            raise CannotEdit("how the Pod is written here is not known")
        if keys in _CONTROLLER_FIELDS:
            return _CONTROLLER_FIELDS[keys], value
        if keys == ("spec", "volumes"):
            volume = value[0]
            source = volume["hostPath"]
            kind = {"hostPathType": source["type"]} if "type" in source else {}
            item = {"type": "hostPath", "hostPath": source["path"], **kind}
            return ("values", "persistence"), {volume["name"]: item}
        if keys == ("spec", "initContainers"):
            return keys[1:], {item["name"]: _app_template_container(item) for item in value}
        if keys[:1] == ("spec",):
            return ("pod", *keys[1:]), value
        raise CannotEdit("how the Pod is written here is not known")

    def _put_variable(self, located: Located, name: str, value: str) -> None:
        """Add a variable where the container's other ones stand, or as its first one."""
        draft, base = self._base(located)
        collection = self._part(located.found[0]) if located.found else None
        holder = located.found[0] if located.found else None
        if collection is None or collection is base or collection.kind not in ("mapping", "list"):
            holder, collection = self._holder_of_siblings(located)
        if collection is None:
            collection, holder = base.get("env"), located.base
        if collection is None:
            first: Value = [{"name": name, "value": value}] if _is_listed(base) else {name: value}
            draft.add_pair(base, "env", first)
            return
        if holder is not None and located.base is not None and holder.file == located.base.file:
            inside = base in collection.above() or collection.parent is None
            if not inside and draft.tree.shared_by(collection) is None:
                raise CannotEdit(
                    f"its variables stand in line {draft.tree.line(collection.start)}, for others, too"
                )
        target = self._open(holder.file) if holder is not None else draft
        if collection.kind == "list":
            target.add_item(collection, {"name": name, "value": value})
        else:
            target.add_pair(collection, name, value)

    def _holder_of_siblings(self, located: Located) -> tuple[_Ref | None, Part | None]:
        """Return the list or mapping `env` that other variables of the container are written in."""
        for ref in located.siblings:
            part = self._part(ref)
            for outer in part.above() if part is not None else ():
                if outer.name == "env" and ref is not None:
                    return ref, outer
        return None, None

    def _is_template(self, located: Located) -> bool:
        _, base = self._base(located)
        return not _is_listed(base)

    def _entry(self, located: Located) -> tuple[Draft, Part]:
        """Return what holds the step's path as a whole: the value of its key, or the item of its name."""
        entry = self._named(located)
        if entry is None:
            place = located.step.found[-1]
            raise CannotEdit(
                f"{located.step.path} is the chart's own: {place.file}:{place.line} has no such value"
            )
        return self._last(located)[0], entry

    def _named(self, located: Located) -> Part | None:
        """Return what is written under the step's last key; None where the value comes from elsewhere."""
        part = self._part(located.found[-1]) if located.found else None
        name = located.step.keys[-1]
        for outer in list(part.above())[:3] if part is not None else ():
            named = outer.get("name")
            if outer.name == name or (named is not None and named.text == name and outer.kind == "mapping"):
                return outer
        return None

    def _remove(self, located: Located) -> None:
        if len(located.found) < len(located.step.keys):
            return  # it is not there
        draft, entry = self._entry(located)
        draft.remove(entry)

    def _rename(self, located: Located) -> None:
        draft, entry = self._entry(located)
        named = entry.get("name")
        if entry.key is not None and entry.name == located.step.keys[-1]:
            draft.rename(entry.key, located.step.value)
        elif named is not None:
            draft.set_value(named, located.step.value)

    def _move(self, located: Located) -> None:
        draft, base = self._base(located)
        outer = base.parent
        if outer is None or outer.name not in _IDENTIFIERS or outer.parent is None:
            raise CannotEdit("how the Pod is written here is not known")
        if outer.parent.get(located.step.path) is outer:
            if not base.name:
                draft.move(base, outer, located.step.path)
            elif base.get("dependsOn") is None:
                draft.add_pair(base, "dependsOn", located.step.value)
            else:
                raise CannotEdit(f"{base.name} depends on others already")
            return
        name, section = base.name, outer.name
        *steps, root = outer.parent.above()
        number, path = draft.tree.roots.index(root), [part.name for part in reversed(steps)]
        draft.move(base, outer.parent.get(located.step.path), located.step.path)
        if name:
            # app-template orders each of its lists by itself, and Helm refuses a name that is not in it.
            _unlink(draft, number, (*path, located.step.path, name), "")
            for other in [part.text for part in _at(draft, number, (*path, section)).keys]:
                _unlink(draft, number, (*path, section, other), name)

    def _pin(self, located: Located) -> None:
        step = located.step
        image = step.current or ""
        digest = self._digests[image]
        ref = located.found[-1] if located.found else None
        part = self._part(ref)
        if ref is None or part is None or part.kind != "scalar":
            raise CannotEdit(f"{step.path} comes from {step.place.file}:{step.place.line}")
        if part.text == image or image.endswith(f":{part.text}"):
            self._open(ref.file).set_value(part, f"{part.text}@{digest}")
        else:
            raise CannotEdit(f"{step.path} is written as {part.text!r}")


def _value(step: FixStep) -> Any:  # noqa: ANN401  (YAML of any shape)
    """Return what a step sets or adds: of a variable the text, of all else what it is as YAML."""
    if step.keys[0] == "env" and len(step.keys) > 1:
        return step.value
    return yaml.safe_load(step.value)


def _merge(
    draft: Draft,
    part: Part,
    value: Any,  # noqa: ANN401  (YAML of any shape)
    *,
    first: bool,
) -> None:
    """Add what a value holds to a mapping or list, before or behind what is there.

    Raises CannotEdit where a key is there already.
    """
    if isinstance(value, dict):
        taken = [key for key in value if part.get(key) is not None]
        if taken:
            raise CannotEdit(f"{taken[0]} is there already, in line {draft.tree.line(part.start)}")
        for key, item in value.items():
            start, kind = part.start, part.kind
            names = [name.text for name in part.keys]
            draft.add_pair(part, key, item, before=names[0] if first and names else "")
            part = draft.tree.find_start(start, kind) or part
    elif isinstance(value, list):
        start = part.start
        for item in value:
            draft.add_item(part, item, first=first)
            part = draft.tree.find_start(start, "list") or part
    else:
        raise CannotEdit("it is there already")


def _probe(step: FixStep) -> bool:
    return step.base == "container" and len(step.keys) == 1 and step.keys[0] in _PROBES


def _at(draft: Draft, number: int, path: tuple[str, ...]) -> Part:
    """Return what stands at these keys of a document."""
    part = draft.tree.roots[number].get(*path)
    if part is None:
        raise CannotEdit("its place in the file is not understood")
    return part


def _unlink(draft: Draft, number: int, path: tuple[str, ...], name: str) -> None:
    """Remove a name from the `dependsOn` of the container at these keys; the empty one stands for all."""
    depends = _at(draft, number, path).get("dependsOn")
    if depends is None or not name:
        if depends is not None:
            draft.remove(depends)
        return
    link = next((part for part in depends.within() if part.kind == "scalar" and part.text == name), None)
    if link is not None:
        draft.remove(link)


def _is_listed(base: Part) -> bool:
    """Tell whether a container is an item of a list, as in a Pod."""
    return base.parent is not None and base.parent.kind == "list"


def _is_app_template(base: Part) -> bool:
    return bool(_controller(base))


def _controller(base: Part) -> str:
    """Return the controller of app-template that a container stands in; empty where it stands in none."""
    section = base.parent
    controller = section.parent if section is not None and section.name in _IDENTIFIERS else None
    holder = controller.parent if controller is not None else None
    return (
        controller.name
        if controller is not None and holder is not None and holder.name == "controllers"
        else ""
    )


def _values_of(base: Part) -> Part:
    """Return app-template's values around a container or a controller."""
    for part in base.above():
        if part.name == "controllers" and part.parent is not None:
            return part.parent
    raise CannotEdit("the chart's values are not understood")


def _app_template_container(container: Mapping[str, Any]) -> dict[str, Any]:
    """Return a container of a Pod as app-template's values have it."""
    repository, _, tag = str(container["image"]).rpartition(":")
    image = {"repository": repository, "tag": tag}
    return {"image": image, **{key: item for key, item in container.items() if key not in ("name", "image")}}
