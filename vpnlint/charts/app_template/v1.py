"""app-template 1.x: one controller whose image, env, probes … stand at the top of the values.

Source: github.com/bjw-s-labs/helm-charts, charts/library/common/values.yaml and templates/lib, version 1.5.1.
"""

from __future__ import annotations

from collections.abc import Iterator

from vpnlint.charts.app_template.defaults import DEFAULTS_1
from vpnlint.charts.app_template.environment import make_environment
from vpnlint.charts.app_template.images import make_image_reference
from vpnlint.charts.app_template.persistence import make_claim_template, make_volume
from vpnlint.charts.app_template.pod_template import CHECKSUM, makes_token
from vpnlint.charts.app_template.probes import make_probes
from vpnlint.charts.app_template.scope import Scope
from vpnlint.charts.app_template.v1_addons import add_addons
from vpnlint.charts.helm.values import is_empty, list_enabled_items, make_node, merge_maps, overlay_values
from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node

_KINDS = {
    "deployment": "Deployment",
    "statefulset": "StatefulSet",
    "daemonset": "DaemonSet",
    "cronjob": "CronJob",
}
_TAKEN_OVER = ("securityContext", "lifecycle", "envFrom", "resources")
# A Pod's field → where the values have it.
_POD_FIELDS = {
    "automountServiceAccountToken": "automountServiceAccountToken",
    "enableServiceLinks": "enableServiceLinks",
    "securityContext": "podSecurityContext",
    **{
        name: name
        for name in (
            "imagePullSecrets", "priorityClassName", "runtimeClassName", "schedulerName", "hostIPC",
            "hostNetwork", "hostPID", "hostname", "dnsConfig", "hostAliases", "nodeSelector", "affinity",
            "topologySpreadConstraints", "tolerations",
        )
    },
}  # fmt: skip
_SWITCHES = ("automountServiceAccountToken", "enableServiceLinks")


def render_version_1(release: Release) -> list[Node]:
    """Return the one controller of the release, or none where `controller.enabled` is false.

    Raises UnknownChart where the chart would refuse the values, with the reason.
    """
    values = overlay_values(DEFAULTS_1, release.values)
    scope = Scope(release, values, (1, 5, 1))
    scope = Scope(release, add_addons(scope), scope.version)
    controller = scope.values.map.get("controller", values)
    if is_empty(controller.map.get("enabled")):
        return []
    given = controller.map.get("type", controller)
    kind = _KINDS.get(given.text)
    if kind is None:
        raise UnknownChart(f"controller.type is {given.text!r}, which app-template 1.x does not have")
    return [_object(scope, controller, given, kind)]


def _object(scope: Scope, controller: Node, given: Node, kind: str) -> Node:
    values = scope.values
    selector = make_node(_selector(scope), values)
    template = {"metadata": _metadata(scope), "spec": Node.make(_pod(scope, controller, kind), values)}
    spec = {"template": Node.make(template, values)}
    if kind == "CronJob":
        own = {
            key: node for key, node in controller.fields("cronjob").items() if key in ("schedule", "suspend")
        }
        spec = {**own, "jobTemplate": Node.make({"spec": Node.make(spec, values)}, values)}
    else:
        spec["selector"] = Node.make({"matchLabels": selector}, values)
    if kind in ("Deployment", "StatefulSet"):
        strategy = controller.map.get("strategy")
        default = make_node("Recreate" if kind == "Deployment" else "RollingUpdate", controller)
        name = strategy if strategy is not None and strategy.value else default
        spec["strategy" if kind == "Deployment" else "updateStrategy"] = Node.make({"type": name}, name)
        spec["replicas"] = controller.map.get("replicas", make_node(None, controller))
    claims = values.map.get("volumeClaimTemplates")
    if kind == "StatefulSet" and claims is not None and claims.value:
        spec["volumeClaimTemplates"] = Node.make(
            [make_claim_template(claim) for claim in claims.list], claims
        )
    metadata = {
        "name": make_node(scope.fullname, values),
        "namespace": make_node(scope.release.namespace, values),
        "labels": Node.make(merge_maps([controller.map.get("labels"), selector]), values),
    }
    return Node.make(
        {
            "apiVersion": make_node("batch/v1" if kind == "CronJob" else "apps/v1", given),
            "kind": make_node(kind, given),
            "metadata": Node.make(metadata, values),
            "spec": Node.make(spec, values),
        },
        values,
    )


def _selector(scope: Scope) -> dict[str, str]:
    return {"app.kubernetes.io/name": scope.name, "app.kubernetes.io/instance": scope.release.name}


def _metadata(scope: Scope) -> Node:
    labels = {**make_node(_selector(scope), scope.values).map, **_section(scope, "podLabels")}
    annotations = {key: scope.expand(value) for key, value in _section(scope, "podAnnotations").items()}
    for section, name in (("configMaps", "config"), ("secrets", "secrets")):
        items = scope.values.map.get(section, make_node({}, scope.values))
        summed = any(not is_empty(item.map.get("enabled")) for item in items.map.values())
        if summed or (section == "secrets" and makes_token(scope)):
            annotations[f"checksum/{name}"] = make_node(CHECKSUM, items)
    metadata = {"labels": Node.make(labels, scope.values)}
    if annotations:
        metadata["annotations"] = Node.make(annotations, scope.values.map.get("podAnnotations", scope.values))
    return Node.make(metadata, scope.values)


def _section(scope: Scope, name: str) -> dict[str, Node]:
    found = scope.values.map.get(name)
    return {} if found is None else found.map


def _pod(scope: Scope, controller: Node, kind: str) -> dict[str, Node]:
    values = scope.values
    spec: dict[str, Node] = {}
    for field, source in _POD_FIELDS.items():
        value = values.map.get(source)
        if value is not None and (value.value or source in _SWITCHES):
            spec[field] = value
    spec["serviceAccountName"] = _service_account(scope)
    policy, host_network = values.map.get("dnsPolicy"), values.map.get("hostNetwork")
    default = "ClusterFirst" if is_empty(host_network) else "ClusterFirstWithHostNet"
    spec["dnsPolicy"] = policy if policy is not None and policy.value else make_node(default, values)
    for field, path in (
        ("terminationGracePeriodSeconds", ("termination", "gracePeriodSeconds")),
        ("restartPolicy", ("controller", "restartPolicy")),
    ):
        given = values.get(*path)
        if given is not None and given.value:
            spec[field] = given
    additional = merge_maps([values.map.get("sidecars"), values.map.get("additionalContainers")])
    lists = {
        "initContainers": _extra_containers(scope, _section(scope, "initContainers")),
        "containers": [_main_container(scope, controller), *_extra_containers(scope, additional)],
        "volumes": [make_volume(scope, name, item) for name, item in _stored(scope)],
    }
    spec.update(
        {field: Node.make(items, values.map.get(field, values)) for field, items in lists.items() if items}
    )
    return spec


def _service_account(scope: Scope) -> Node:
    account = scope.values.map.get("serviceAccount", scope.values)
    name = account.map.get("name")
    if name is not None and name.value:
        return name
    return make_node("default" if is_empty(account.map.get("create")) else scope.fullname, account)


def _extra_containers(scope: Scope, items: dict[str, Node]) -> list[Node]:
    """Return containers that the values write as Kubernetes does, but for `env`, which may be a mapping."""
    result = []
    for name, item in sorted(items.items()):
        fields = dict(item.map)
        if is_empty(fields.get("name")):
            fields["name"] = Node.make(name, item)
        if not is_empty(fields.get("env")):
            fields["env"] = Node.make(make_environment(scope, fields["env"]), fields["env"])
        result.append(scope.expand(Node.make(fields, item)))
    return result


def _main_container(scope: Scope, controller: Node) -> Node:
    values = scope.values
    fields = {"name": make_node(scope.fullname, values), "image": make_image_reference(scope, values)}
    policy = values.get("image", "pullPolicy")
    if policy is not None and policy.value:
        fields["imagePullPolicy"] = policy
    for field in ("command", "args"):
        given = values.map.get(field)
        if given is not None and given.value:
            fields[field] = Node.make([given], given) if isinstance(given.value, str) else given
    fields.update({name: values.map[name] for name in _TAKEN_OVER if not is_empty(values.map.get(name))})
    lists = {
        "env": make_environment(scope, values.map.get("env")),
        "ports": list(_ports(values)),
        "volumeMounts": [*_mounts(scope), *_claim_mounts(values, controller)],
    }
    fields.update(
        {name: Node.make(items, values.map.get(name, values)) for name, items in lists.items() if items}
    )
    fields.update(make_probes(scope, "", values))
    return Node.make(fields, values)


def _ports(values: Node) -> Iterator[Node]:
    for _, service in list_enabled_items(values.map.get("service")):
        for name, port in list_enabled_items(service.map.get("ports")):
            target = port.map.get("targetPort")
            number = (
                target if target is not None and target.value else port.map.get("port", make_node(None, port))
            )
            given = port.map.get("protocol")
            http = given is None or given.value in (None, "", "HTTP", "HTTPS")
            protocol = make_node("TCP", port) if given is None or http else given
            yield Node.make(
                {"name": Node.make(name, port), "containerPort": number, "protocol": protocol}, port
            )


def _stored(scope: Scope) -> list[tuple[str, Node]]:
    items = sorted(_section(scope, "persistence").items())
    return [(name, item) for name, item in items if not is_empty(item.map.get("enabled"))]


def _mounts(scope: Scope) -> Iterator[Node]:
    for name, item in _stored(scope):
        parts = item.map.get("subPath")
        if parts is not None and isinstance(parts.value, list):
            for part in parts.value:
                place = {"subPath": part.map.get("path", part), "mountPath": part.map.get("mountPath", part)}
                yield _mount(name, part, {**place, **_mount_options(part)})
            continue
        path = item.map.get("mountPath")
        if path is None or not path.value:
            on_host = item.map.get("type", item).value == "hostPath"
            path = item.map.get("hostPath", item) if on_host else make_node(f"/{name}", item)
        if path.value != "-":
            sub_path = {"subPath": parts} if parts is not None and parts.value else {}
            yield _mount(name, item, {"mountPath": path, **sub_path, **_mount_options(item)})


def _mount(name: str, item: Node, fields: dict[str, Node]) -> Node:
    return Node.make({"name": Node.make(name, item), **fields}, item)


def _mount_options(item: Node) -> dict[str, Node]:
    return {
        name: item.map[name] for name in ("readOnly", "mountPropagation") if not is_empty(item.map.get(name))
    }


def _claim_mounts(values: Node, controller: Node) -> Iterator[Node]:
    claims = values.map.get("volumeClaimTemplates")
    if claims is not None and controller.map.get("type", controller).value == "statefulset":
        for claim in claims.list:
            names = ("name", "mountPath", "subPath")
            yield Node.make(
                {name: claim.map[name] for name in names if not is_empty(claim.map.get(name))}, claim
            )
