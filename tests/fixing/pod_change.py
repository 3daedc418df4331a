"""What the steps of a fix make of a Kubernetes object, without its text: what edits are held against."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from tests import libyaml
from tests.fixing.mending import DIGEST
from vpnlint.results.fix import FixStep

_LISTS = ("initContainers", "containers")


def changed(
    workload: dict[str, Any], find_name: Callable[[FixStep], str | None], steps: Iterable[FixStep]
) -> dict[str, Any]:
    """Return an object that runs Pods as the steps of a fix want it.

    find_name tells the container that a step is about, None where it is about none of this object's.
    """
    made = copy.deepcopy(workload)
    for step in steps:
        if step.line:
            continue  # a text that the Pod mounts
        template = _template(made)
        base = made if step.base == "workload" else template
        if step.base == "container":
            name = find_name(step)
            assert name is not None, step
            base = _container(template, name)
        if step.action == "move":
            _move(template["spec"], base, step.path)
        elif step.action == "pin":
            base["image"] += f"@{DIGEST}"
        else:
            _change(base, step)
    return made


def comparable(value: Any) -> Any:  # noqa: ANN401  (any YAML)
    """Return an object whose lists of named things do not depend on their order, and without empty things."""
    if isinstance(value, dict):
        kept = {key: comparable(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in ({}, [], None)}
    if isinstance(value, list):
        items = [comparable(item) for item in value]
        if all(isinstance(item, dict) and ("name" in item or "mountPath" in item) for item in items):
            return sorted(items, key=lambda item: (str(item.get("name")), str(item.get("mountPath"))))
        return items
    return value


def _template(workload: dict[str, Any]) -> dict[str, Any]:
    if workload["kind"] == "Pod":
        return workload
    spec = workload["spec"]
    found: dict[str, Any] = (spec["jobTemplate"]["spec"] if workload["kind"] == "CronJob" else spec)[
        "template"
    ]
    return found


def _container(template: dict[str, Any], name: str) -> dict[str, Any]:
    containers = [item for key in _LISTS for item in template["spec"].get(key) or []]
    return next(item for item in containers if item["name"] == name)


def _move(spec: dict[str, Any], container: dict[str, Any], to: str) -> None:
    for key in _LISTS:
        spec[key] = [item for item in spec.get(key) or [] if item is not container]
    spec[to].append(container)


def _change(base: dict[str, Any], step: FixStep) -> None:
    *path, last = step.keys
    is_variable = step.keys[0] == "env" and bool(path)
    value: Any = step.value if is_variable or not step.value else libyaml.load(step.value)
    holder: Any = base
    for number, key in enumerate(path):
        if isinstance(holder, list):
            holder = next(item for item in holder if item["name"] == key)
        else:
            following = step.keys[number + 1]
            is_list = key in ("env", "options") or (key == "capabilities" and following != "add")
            holder = holder.setdefault(key, [] if is_list else {})
    if isinstance(holder, list):
        _change_item(holder, last, step.action, value)
    elif step.action == "remove":
        holder.pop(last, None)
    elif step.action == "set":
        holder[last] = value
    elif isinstance(value, list):
        holder[last] = [*(holder.get(last) or []), *value]
    else:
        holder[last] = {**(holder.get(last) or {}), **value}


def _change_item(
    items: list[dict[str, Any]],
    name: str,
    action: str,
    value: Any,  # noqa: ANN401  (any YAML)
) -> None:
    """Change the item of a list that has a name."""
    place = next((number for number, item in enumerate(items) if item["name"] == name), None)
    if action == "remove" and place is not None:
        del items[place]
    elif action == "rename" and place is not None:
        items[place]["name"] = value
    elif action == "set" and place is not None:
        items[place] = value if isinstance(value, dict) else {"name": name, "value": value}
    elif action in ("set", "add") and place is None:
        items.append({"name": name, "value": value})
