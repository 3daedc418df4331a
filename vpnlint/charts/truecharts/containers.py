"""Makes one container of a TrueCharts workload.

`resources.excludeExtra`, which is true in the VPN addons, drops every limit but cpu and memory, even those in
the container's own values: `truecharts.org/tun` passes only with `excludeExtra: false`. Source: common
24.1.9, github.com/truecharts/library-charts, library/common/templates/lib/container (_fixedEnv.tpl, _env.tpl,
_envList.tpl, _envFrom.tpl, _securityContext.tpl, _resources.tpl, _imageSelector.tpl) and
lib/util/_enabled.tpl; common 28 and 29 do the same.
"""

from __future__ import annotations

from vpnlint.charts.helm.library_values import (
    CHART_DEFAULT,
    format_scalar,
    overlay_library_values,
    select_fields,
)
from vpnlint.charts.helm.values import make_node
from vpnlint.charts.truecharts.volumes import has_device, make_volume_mounts
from vpnlint.charts.truecharts.workload_entry import WorkloadEntry
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node

_REFERENCES = ("configMapKeyRef", "secretKeyRef", "fieldRef")
_ROOT_CAPABILITIES = ("CHOWN", "SETUID", "SETGID", "FOWNER", "DAC_OVERRIDE")


def make_container(workload: WorkloadEntry, key: str, node: Node, name: str) -> Node:
    """Return the container `key` of the workload, under this name."""
    security = _make_security_context(workload, key, node)
    fields: dict[str, object] = {"name": name, **_make_image(workload, node)}
    for field in ("command", "args"):
        if words := _expand_words(workload, node.map.get(field)):
            fields[field] = words
    if mounts := make_volume_mounts(workload, key, node):
        fields["volumeMounts"] = mounts
    if resources := _make_resources(workload, node):
        fields["resources"] = resources
    fields["securityContext"] = security
    if sources := [_make_source(workload, item) for item in node.items("envFrom")]:
        fields["envFrom"] = sources
    fields["env"] = [*_make_fixed_environment(workload, node, security), *_make_environment(workload, node)]
    return make_node(fields, node)


def _make_image(workload: WorkloadEntry, node: Node) -> dict[str, object]:
    selector = node.map.get("imageSelector")
    key = workload.template.expand(selector).text if selector is not None else "image"
    image = workload.values.map.get(key)
    if image is None:
        return {"image": CHART_DEFAULT}
    repository, tag = (image.map.get(part) for part in ("repository", "tag"))
    if repository is None or tag is None or not repository.value or not tag.value:
        raise UnknownChart(f"Helm refuses {key}: it has no repository or no tag")
    # A reader has to change the tag, unless it is the chart's default.
    place = repository if tag.value == CHART_DEFAULT else tag
    return {
        "image": Node.make(f"{repository.text}:{format_scalar(tag)}", place),
        "imagePullPolicy": image.map.get("pullPolicy", "IfNotPresent"),
    }


def _expand_words(workload: WorkloadEntry, words: Node | None) -> list[Node]:
    if words is None:
        return []
    return [
        workload.template.expand(item) for item in (words.list if isinstance(words.value, list) else [words])
    ]


def _make_security_context(workload: WorkloadEntry, key: str, node: Node) -> Node:
    everywhere = workload.values.get("securityContext", "container") or make_node({}, workload.values)
    merged = overlay_library_values(everywhere, node.map.get("securityContext"))
    fields: dict[str, object] = dict(merged.map)
    if has_device(workload, key, node):
        fields |= {"privileged": True, "runAsUser": 0, "runAsGroup": 0}
    user, group = (_get_plain(fields[part]) for part in ("runAsUser", "runAsGroup"))
    fields["runAsNonRoot"] = 0 not in (user, group)
    if _get_plain(fields["privileged"]) is True:
        fields["allowPrivilegeEscalation"] = True
    capabilities = merged.map.get("capabilities") or make_node({}, merged)
    add = capabilities.items("add")
    bare = capabilities.map.get("disableS6Caps")
    if user == 0 and not (bare is not None and bare.value):
        add = [*add, *(make_node(name, capabilities) for name in _ROOT_CAPABILITIES)]
    fields["capabilities"] = make_node({"add": add, **select_fields(capabilities, "drop")}, capabilities)
    return make_node(
        {name: value for name, value in fields.items() if name not in ("PUID", "UMASK", "fsGroup")}, merged
    )


def _get_plain(value: object) -> object:
    return value.value if isinstance(value, Node) else value


def _make_resources(workload: WorkloadEntry, node: Node) -> dict[str, object]:
    everywhere = workload.values.map.get("resources") or make_node({}, node)
    own = node.map.get("resources")
    merged = overlay_library_values(everywhere, own)
    exclude = own.map.get("excludeExtra") if own is not None else None
    result: dict[str, object] = {}
    if requests := select_fields(merged.map.get("requests"), "cpu", "memory"):
        result["requests"] = requests
    limits = merged.map.get("limits")
    kept = {
        name: limit
        for name, limit in (limits.map if limits is not None else {}).items()
        if limit.value not in (None, 0, "0", "")
        and (name in ("cpu", "memory") or exclude is None or not exclude.value)
    }
    if kept:
        result["limits"] = kept
    return {part: make_node(value, merged.map.get(part, merged)) for part, value in result.items()}


def _make_fixed_environment(workload: WorkloadEntry, node: Node, security: Node) -> list[Node]:
    """Return the variables that the library sets in every container."""
    own = node.map.get("fixedEnv") or make_node({}, node)
    base = workload.values.get("securityContext", "container") or make_node({}, node)
    zone = own.map.get("TZ") or workload.values.map.get("TZ")
    umask = own.map.get("UMASK") or base.map.get("UMASK")
    values: dict[str, Node | None] = {"TZ": zone, "UMASK": umask, "UMASK_SET": umask}
    if not security.map["runAsNonRoot"].value:
        user = own.map.get("PUID") or base.map.get("PUID")
        group = workload.merge_pod_security().map.get("fsGroup")
        values |= {"PUID": user, "USER_ID": user, "UID": user, "PGID": group, "GROUP_ID": group, "GID": group}
    return [_make_variable(workload, name, value) for name, value in values.items() if value is not None]


def _make_variable(workload: WorkloadEntry, name: str | Node, value: Node) -> Node:
    text = (
        workload.template.expand(value)
        if isinstance(value.value, str)
        else Node.make(format_scalar(value), value)
    )
    return make_node({"name": name, "value": text}, value)


def _make_environment(workload: WorkloadEntry, node: Node) -> list[Node]:
    env = node.map.get("env") or make_node({}, node)
    result = []
    for name, value in sorted(env.map.items()):
        key = Node.make(name, env.get_key(name))
        result.append(
            _make_reference_variable(workload, key, value)
            if isinstance(value.value, dict)
            else _make_variable(workload, key, value)
        )
    listed = node.items("envList")
    return result + [
        _make_variable(workload, item.map["name"], item.map.get("value", make_node("", item)))
        for item in listed
    ]


def _make_reference_variable(workload: WorkloadEntry, name: Node, value: Node) -> Node:
    if len(value.map) != 1 or next(iter(value.map)) not in _REFERENCES:
        raise UnknownChart(
            f"Helm refuses the env {name.text}: it must be a string or one of {', '.join(_REFERENCES)}, "
            f"but has {', '.join(sorted(value.map))}"
        )
    ((kind, reference),) = value.map.items()
    if kind != "fieldRef":
        reference = _expand_reference(workload, reference)
    return make_node({"name": name, "valueFrom": {kind: reference}}, value)


def _make_source(workload: WorkloadEntry, item: Node) -> Node:
    return make_node(
        {kind: _expand_reference(workload, reference) for kind, reference in item.map.items()}, item
    )


def _expand_reference(workload: WorkloadEntry, reference: Node) -> Node:
    """Return a reference with its object's full name, which for the release's own objects has its prefix."""
    fields: dict[str, object] = {
        key: node for key, node in reference.map.items() if key != "expandObjectName"
    }
    name = reference.map.get("name")
    if name is not None:
        text = workload.template.expand(name).text
        full = workload.make_object_name(text, reference.map.get("expandObjectName"))
        fields["name"] = Node.make(full, name)
    return make_node(fields, reference)
