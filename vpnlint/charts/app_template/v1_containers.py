"""Makes the containers of app-template 1.x, with their ports and mounts.

Source: github.com/bjw-s-labs/helm-charts, charts/library/common/values.yaml and templates/lib, version 1.5.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from vpnlint.charts.app_template.containers import make_command
from vpnlint.charts.app_template.environment import make_environment
from vpnlint.charts.app_template.images import make_image_reference
from vpnlint.charts.app_template.probes import make_probes
from vpnlint.charts.app_template.scope import Scope
from vpnlint.charts.helm.values import is_empty, list_enabled_items, make_node
from vpnlint.source.node import Node

_TAKEN_OVER = ("securityContext", "lifecycle", "envFrom", "resources")


def make_extra_containers(scope: Scope, items: dict[str, Node]) -> list[Node]:
    """Return containers that the values describe like Kubernetes, except that `env` may be a mapping."""
    result = []
    for name, item in sorted(items.items()):
        fields = dict(item.map)
        if is_empty(fields.get("name")):
            fields["name"] = Node.make(name, item)
        if not is_empty(fields.get("env")):
            fields["env"] = Node.make(make_environment(scope, fields["env"]), fields["env"])
        result.append(scope.expand(Node.make(fields, item)))
    return result


def make_main_container(scope: Scope, controller: Node) -> Node:
    """Return the container that the top level of the values describes.

    Raises UnknownChart if it has no image, so Helm refuses the values.
    """
    values = scope.values
    fields = {"name": make_node(scope.fullname, values), "image": _make_image(scope)}
    policy = values.get("image", "pullPolicy")
    if policy is not None and policy.value:
        fields["imagePullPolicy"] = policy
    fields.update(make_command(values))
    fields.update({name: values.map[name] for name in _TAKEN_OVER if not is_empty(values.map.get(name))})
    lists = {
        "env": make_environment(scope, values.map.get("env")),
        "ports": list(_make_ports(values)),
        "volumeMounts": [*_make_mounts(scope), *_make_claim_mounts(values, controller)],
    }
    fields.update(
        {name: Node.make(items, values.map.get(name, values)) for name, items in lists.items() if items}
    )
    fields.update(make_probes(scope, "", values))
    return Node.make(fields, values)


def _make_image(scope: Scope) -> Node:
    """Return the image; without a tag it has the chart's appVersion (templates/lib/container/_image.tpl)."""
    image = make_image_reference(scope, scope.values)
    tagged = scope.values.scalar_at("image", "tag") or "@" in image.text
    version = "" if tagged else scope.release.app_version
    return Node.make(f"{image.text}:{version}", image) if version else image


def _make_ports(values: Node) -> Iterator[Node]:
    for _, service in list_enabled_items(values.map.get("service")):
        for name, port in list_enabled_items(service.map.get("ports")):
            target = port.map.get("targetPort")
            number = (
                target if target is not None and target.value else port.map.get("port", make_node(None, port))
            )
            protocol_node = port.map.get("protocol")
            http = protocol_node is None or protocol_node.value in (None, "", "HTTP", "HTTPS")
            protocol = make_node("TCP", port) if protocol_node is None or http else protocol_node
            yield Node.make(
                {"name": Node.make(name, port), "containerPort": number, "protocol": protocol}, port
            )


def list_stored_items(scope: Scope) -> list[tuple[str, Node]]:
    """Return the items of `persistence` that are switched on, which 1.x requires, by name."""
    items = sorted(scope.values.fields("persistence").items())
    return [(name, item) for name, item in items if not is_empty(item.map.get("enabled"))]


def _make_mounts(scope: Scope) -> Iterator[Node]:
    for name, item in list_stored_items(scope):
        parts = item.map.get("subPath")
        if parts is not None and isinstance(parts.value, list):
            for part in parts.value:
                place = {"subPath": part.map.get("path", part), "mountPath": part.map.get("mountPath", part)}
                yield _make_mount(name, part, {**place, **_select_mount_options(part)})
            continue
        path = item.map.get("mountPath")
        if path is None or not path.value:
            on_host = item.map.get("type", item).value == "hostPath"
            path = item.map.get("hostPath", item) if on_host else make_node(f"/{name}", item)
        if path.value != "-":
            sub_path = {"subPath": parts} if parts is not None and parts.value else {}
            yield _make_mount(name, item, {"mountPath": path, **sub_path, **_select_mount_options(item)})


def _make_mount(name: str, item: Node, fields: dict[str, Node]) -> Node:
    return Node.make({"name": Node.make(name, item), **fields}, item)


def _select_mount_options(item: Node) -> dict[str, Node]:
    return {
        name: item.map[name] for name in ("readOnly", "mountPropagation") if not is_empty(item.map.get(name))
    }


def _make_claim_mounts(values: Node, controller: Node) -> Iterator[Node]:
    claims = values.map.get("volumeClaimTemplates")
    if claims is not None and controller.map.get("type", controller).value == "statefulset":
        for claim in claims.list:
            names = ("name", "mountPath", "subPath")
            yield Node.make(
                {name: claim.map[name] for name in names if not is_empty(claim.map.get(name))}, claim
            )
