"""Makes a Pod's containers and initContainers from app-template's, for chart versions 2 to 5.

Source: github.com/bjw-s-labs/helm-charts, charts/library/common/templates/lib/container/** and
lib/pod/fields/_containers.tpl, _initContainers.tpl, tags common-2.0.3 to common-4.1.1, and _spec.tpl of 5.x.
"""

from __future__ import annotations

from vpnlint.charts.app_template.environment import make_environment, make_environment_sources
from vpnlint.charts.app_template.images import make_image_reference
from vpnlint.charts.app_template.persistence import make_volume_mounts
from vpnlint.charts.app_template.probes import make_probes
from vpnlint.charts.app_template.scope import Scope, Version
from vpnlint.charts.helm.values import is_empty, list_enabled_items, merge_values, sort_by_dependency
from vpnlint.source.node import Node
from vpnlint.source.scalars import format_helm_scalar

# Field that the chart copies → the version that introduced it; earlier versions drop it.
_TAKEN_OVER: dict[str, Version] = {
    "workingDir": (2, 4, 0),
    "securityContext": (2, 0, 0),
    "lifecycle": (2, 0, 0),
    "terminationMessagePath": (2, 0, 0),
    "terminationMessagePolicy": (2, 0, 0),
    "ports": (2, 0, 0),
    "resources": (2, 0, 0),
    "restartPolicy": (3, 0, 0),
    "stdin": (3, 3, 0),
    "tty": (3, 3, 0),
}


def make_containers(scope: Scope, identifier: str, controller: Node, section: str) -> list[Node]:
    """Return the enabled containers in a section (`containers`, `initContainers`) of a controller, in order.

    Raises UnknownChart if the chart would refuse the values: no image, a circular `dependsOn`.
    """
    enabled = dict(list_enabled_items(controller.map.get(section)))
    defaults = _find_default_options(scope, controller, section)
    merged = {
        name: _apply_defaults(controller, enabled[name], defaults)
        for name in _sort_containers(scope, enabled)
    }
    return [_make_container(scope, identifier, controller, name, item) for name, item in merged.items()]


def _sort_containers(scope: Scope, enabled: dict[str, Node]) -> list[str]:
    depends = {name: item.map.get("dependsOn") for name, item in enabled.items()}
    if scope.version >= (3, 0, 0) or not all(map(is_empty, depends.values())):
        return sort_by_dependency(depends)

    # 2.x sorts `order` as text: 10 comes before 2.
    def rank(name: str) -> str:
        order = enabled[name].map.get("order")
        value = None if order is None else order.value
        return f"{format_helm_scalar(value) if isinstance(value, int | float | str) else 99}-{name}"

    return sorted(enabled, key=rank)


def _find_default_options(scope: Scope, controller: Node, section: str) -> Node | None:
    if scope.version < (3, 4, 0):
        return None
    switch = controller.map.get("applyDefaultContainerOptionsToInitContainers")
    if section == "initContainers" and switch is not None and switch.value is not True:
        return None
    return controller.map.get("defaultContainerOptions")


def _apply_defaults(controller: Node, container: Node, defaults: Node | None) -> Node:
    if defaults is None or not defaults.map:
        return container
    strategy = controller.map.get("defaultContainerOptionsStrategy")
    if strategy is not None and strategy.value == "merge":
        return merge_values(container, defaults)
    own = {key: value for key, value in container.map.items() if key not in defaults.map or value.value}
    return Node.make({**defaults.map, **own}, container)


def _make_container(scope: Scope, identifier: str, controller: Node, name: str, container: Node) -> Node:
    values = container.map
    fields: dict[str, Node] = {
        "name": _make_name(scope, name, container),
        "image": make_image_reference(scope, container),
    }
    policy = container.get("image", "pullPolicy")
    if policy is not None and policy.value:
        fields["imagePullPolicy"] = policy
    fields.update(make_command(container))
    for field, since in _TAKEN_OVER.items():
        if field in values and values[field].value and scope.version >= since:
            fields[field] = values[field]
    claims = controller.get("statefulset", "volumeClaimTemplates")
    lists = {
        "env": make_environment(scope, values.get("env")),
        "envFrom": make_environment_sources(scope, values.get("envFrom")),
        "volumeMounts": make_volume_mounts(scope, identifier, name, claims),
    }
    fields.update(
        {field: Node.make(items, values.get(field, container)) for field, items in lists.items() if items}
    )
    fields.update(make_probes(scope, identifier, container))
    return Node.make(fields, container)


def make_command(container: Node) -> dict[str, Node]:
    """Return the `command` and `args` of a container as lists, without empty ones."""
    words = {field: container.map.get(field) for field in ("command", "args")}
    return {
        field: Node.make([value], value) if isinstance(value.value, str) else value
        for field, value in words.items()
        if value is not None and value.value
    }


def _make_name(scope: Scope, name: str, container: Node) -> Node:
    override = container.map.get("nameOverride")
    if override is not None and override.value:
        return scope.expand(override)
    parent = container.parent
    key = parent.get_key(name) if parent is not None and name in parent.map else Node.make(name, container)
    return scope.expand(key)
