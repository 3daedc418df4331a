"""Kustomize's replacements: a field of one object copied into fields of others.

Source: kustomize 5.8.1, api/filters/replacement.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from vpnlint.gitops.kustomize.field_path import check_steps
from vpnlint.gitops.kustomize.json_patch import read_list_index
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.kustomize.selector import check_selector, matches_target
from vpnlint.source.budget import Budget, measure_object
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node
from vpnlint.source.scalars import resolve_kustomize_scalar

# A step is an item selected by a field, or a key, in which a dot may be escaped; `*` is all items.
_STEP = defer_pattern(r"\[([^\]]*)\]|((?:\\.|[^.\[])+)")

_MAX_TEXT = 1 << 20


def check_replacement(replacement: Node) -> None:
    """Raise InputError if a replacement's source or one of its targets is not a selector."""
    source, targets = replacement.get("source"), replacement.get("targets")
    selectors = [source]
    for target in targets.list if targets is not None else []:
        reject = target.get("reject")
        selectors += [target.get("select"), *(reject.list if reject is not None else [])]
    for selector in selectors:
        if selector is not None:
            check_selector(selector)


def apply_replacement(replacement: Node, resources: Sequence[Resource], budget: Budget) -> None:
    """Apply one replacement, and pay for the text that it adds.

    Raises InputError if its source is not exactly one object, or a field is missing.
    """
    value = _find_source(replacement, resources)
    size = len(value.text)
    if size > _MAX_TEXT:
        raise replacement.error(f"a text of more than {_MAX_TEXT:,} characters: no object holds so much")
    targets = replacement.get("targets")
    for target in targets.list if targets is not None else []:
        select = target.get("select")
        for resource in resources:
            if select is None or not matches_target(select, resource) or _is_rejected(target, resource):
                continue
            paths = target.get("fieldPaths")
            for path in paths.list if paths is not None else []:
                steps = _split_path(path.text)
                check_steps(steps, path)
                budget.spend(path, steps=len(steps), text=size * _count_places(resource.node, steps))
                put_in = _put_value(resource.node, steps, value, target.get("options")) if steps else None
                if put_in is None:
                    message = f"{resource.kind} {resource.name} has no {path.text} for this replacement"
                    raise path.error(message)
                if value.map or value.list:
                    measure_object(put_in, path)
                resource.node = put_in


def _find_source(replacement: Node, resources: Sequence[Resource]) -> Node:
    fixed = replacement.get("sourceValue")
    if fixed is not None:
        return fixed
    source = replacement.get("source")
    if source is None:
        raise replacement.error("a replacement needs a source")
    matching = [resource for resource in resources if matches_target(source, resource)]
    path = source.text_at("fieldPath") or "metadata.name"
    node = _find_value(matching[0].node, _split_path(path)) if len(matching) == 1 else None
    if node is None:
        message = (
            f"this replacement's source matches {len(matching)} objects, not one"
            if len(matching) != 1
            else f"this replacement's source has no {path}"
        )
        raise source.error(message)
    options = source.get("options")
    delimiter = options.text_at("delimiter") if options is not None else ""
    if options is not None and delimiter:
        index = options.get("index")
        parts = _write_text(node).split(delimiter)
        at = index.value if index is not None and isinstance(index.value, int) else 0
        if not 0 <= at < len(parts):
            message = f"this replacement's source has no part {at} between {delimiter!r}"
            raise source.error(message)
        return Node.make(parts[at], node)
    return node


def _is_rejected(target: Node, resource: Resource) -> bool:
    reject = target.get("reject")
    return reject is not None and any(matches_target(item, resource) for item in reject.list)


def _split_path(path: str) -> list[str]:
    # Behind the last bracket none can be closed: looking for one from every place would take quadratic time.
    closed = path.rfind("]") + 1
    return [
        f"[{match[1]}]" if match[1] is not None else re.sub(r"\\(.)", r"\1", match[2])
        for part in (path[:closed], path[closed:].replace("[", "."))
        for match in _STEP.finditer(part)
    ]


def _find_value(node: Node, steps: Sequence[str]) -> Node | None:
    for step in steps:
        selected = [child for _, child in _select_children(node, step)]
        if not selected:
            return None
        node = selected[0]
    return node


def _count_places(node: Node, steps: Sequence[str]) -> int:
    """Return how many places a path leads to; one if it leads nowhere, as it may be created."""
    if not steps:
        return 1
    return sum(_count_places(child, steps[1:]) for _, child in _select_children(node, steps[0])) or 1


def _put_value(node: Node, steps: Sequence[str], value: Node, options: Node | None) -> Node | None:
    """Return the node with a value at every place that a path leads to; None if it leads nowhere."""
    if not steps:
        return _write_value(node, value, options)
    children = {
        key: _put_value(child, steps[1:], value, options) for key, child in _select_children(node, steps[0])
    }
    changed = {key: child for key, child in children.items() if child is not None}
    if isinstance(node.value, list) and changed:
        return Node.make([changed.get(index, item) for index, item in enumerate(node.value)], node)
    if changed:
        return Node.make({**node.map, **{str(key): child for key, child in changed.items()}}, node)
    create = options.get("create") if options is not None else None
    if children or isinstance(node.value, list) or create is None or create.value is not True:
        return None
    return put_value(node, [key for key in steps if not key.startswith("[")], value)


def _select_children(node: Node, step: str) -> list[tuple[str | int, Node]]:
    """Return the children that a step of a path selects, each with its key or index."""
    if isinstance(node.value, list):
        if step == "*":
            return [*enumerate(node.value)]
        if step.startswith("["):
            field, _, wanted = step[1:-1].partition("=")
            return [pair for pair in enumerate(node.value) if pair[1].text_at(field) == wanted]
        index = read_list_index(step, len(node.value))
        return [(index, node.value[index])] if index is not None else []
    if step == "*":
        return [*node.map.items()]
    key = step.removeprefix("[").removesuffix("]")
    child = node.get(key)
    return [(key, child)] if child is not None else []


def _write_value(node: Node, value: Node, options: Node | None) -> Node:
    delimiter = options.text_at("delimiter") if options is not None else ""
    written = _write_text(value)
    if options is not None and delimiter:
        index = options.get("index")
        at = index.value if index is not None and isinstance(index.value, int) else 0
        parts = _write_text(node).split(delimiter)
        if at < 0:
            parts.insert(0, written)
        elif at >= len(parts):
            parts.append(written)
        else:
            parts[at] = written
        written = delimiter.join(parts)
    elif value.map or value.list or node.map or node.list:
        return value
    # The new value takes the type of the old one.
    return Node.make(written if isinstance(node.value, str) else resolve_kustomize_scalar(written), value)


def _write_text(node: Node) -> str:
    return node.value if isinstance(node.value, str) else json.dumps(node.value)
