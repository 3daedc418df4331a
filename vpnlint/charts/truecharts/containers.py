"""One container of a TrueCharts workload, and what its fields are made of.

Source: common 24.1.9, github.com/truecharts/library-charts, library/common/templates/lib/container
(_fixedEnv.tpl, _env.tpl, _envList.tpl, _envFrom.tpl, _securityContext.tpl, _resources.tpl,
_imageSelector.tpl) and lib/util/_enabled.tpl. `resources.excludeExtra`, true in the VPN addons, drops every
limit but cpu and memory, also one that the container's own values ask for: `truecharts.org/tun` gets
through only with `excludeExtra: false`. The same in common 28 and 29.
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
from vpnlint.charts.truecharts.workload import Workload
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node

_REFERENCES = ("configMapKeyRef", "secretKeyRef", "fieldRef")
_ROOT_CAPABILITIES = ("CHOWN", "SETUID", "SETGID", "FOWNER", "DAC_OVERRIDE")


def make_container(workload: Workload, key: str, node: Node, name: str) -> Node:
    """Return the container `key` of the workload under the given name."""
    security = _security_context(workload, key, node)
    fields: dict[str, object] = {"name": name, **_image(workload, node)}
    for field in ("command", "args"):
        if given := _words(workload, node.map.get(field)):
            fields[field] = given
    if mounts := make_volume_mounts(workload, key, node):
        fields["volumeMounts"] = mounts
    if resources := _resources(workload, node):
        fields["resources"] = resources
    fields["securityContext"] = security
    if sources := [_source(workload, item) for item in (node.map.get("envFrom") or make_node([], node)).list]:
        fields["envFrom"] = sources
    fields["env"] = [*_fixed_environment(workload, node, security), *_environment(workload, node)]
    return make_node(fields, node)


def _image(workload: Workload, node: Node) -> dict[str, object]:
    selector = node.map.get("imageSelector")
    key = workload.template.expand(selector).text if selector is not None else "image"
    image = workload.values.map.get(key)
    if image is None:
        return {"image": CHART_DEFAULT}
    repository, tag = (image.map.get(part) for part in ("repository", "tag"))
    if repository is None or tag is None or not repository.value or not tag.value:
        raise UnknownChart(f"Helm refuses {key}: it has no repository or no tag")
    # The tag is what a reader has to change, unless the chart brought it.
    place = repository if tag.value == CHART_DEFAULT else tag
    return {
        "image": Node.make(f"{repository.text}:{format_scalar(tag)}", place),
        "imagePullPolicy": image.map.get("pullPolicy", "IfNotPresent"),
    }


def _words(workload: Workload, given: Node | None) -> list[Node]:
    if given is None:
        return []
    return [
        workload.template.expand(item) for item in (given.list if isinstance(given.value, list) else [given])
    ]


def _security_context(workload: Workload, key: str, node: Node) -> Node:
    everywhere = workload.values.get("securityContext", "container") or make_node({}, workload.values)
    given = overlay_library_values(everywhere, node.map.get("securityContext"))
    fields: dict[str, object] = dict(given.map)
    if has_device(workload, key, node):
        fields |= {"privileged": True, "runAsUser": 0, "runAsGroup": 0}
    user, group = (_plain(fields[part]) for part in ("runAsUser", "runAsGroup"))
    fields["runAsNonRoot"] = 0 not in (user, group)
    if _plain(fields["privileged"]) is True:
        fields["allowPrivilegeEscalation"] = True
    capabilities = given.map.get("capabilities") or make_node({}, given)
    add = (capabilities.map.get("add") or make_node([], capabilities)).list
    bare = capabilities.map.get("disableS6Caps")
    if user == 0 and not (bare is not None and bare.value):
        add = [*add, *(make_node(name, capabilities) for name in _ROOT_CAPABILITIES)]
    fields["capabilities"] = make_node({"add": add, **select_fields(capabilities, "drop")}, capabilities)
    return make_node(
        {name: value for name, value in fields.items() if name not in ("PUID", "UMASK", "fsGroup")}, given
    )


def _plain(value: object) -> object:
    return value.value if isinstance(value, Node) else value


def _resources(workload: Workload, node: Node) -> dict[str, object]:
    everywhere = workload.values.map.get("resources") or make_node({}, node)
    own = node.map.get("resources")
    given = overlay_library_values(everywhere, own)
    exclude = own.map.get("excludeExtra") if own is not None else None
    result: dict[str, object] = {}
    if requests := select_fields(given.map.get("requests"), "cpu", "memory"):
        result["requests"] = requests
    limits = given.map.get("limits")
    kept = {
        name: limit
        for name, limit in (limits.map if limits is not None else {}).items()
        if limit.value not in (None, 0, "0", "")
        and (name in ("cpu", "memory") or exclude is None or not exclude.value)
    }
    if kept:
        result["limits"] = kept
    return {part: make_node(value, given.map.get(part, given)) for part, value in result.items()}


def _fixed_environment(workload: Workload, node: Node, security: Node) -> list[Node]:
    """Return the variables that the library gives every container."""
    own = node.map.get("fixedEnv") or make_node({}, node)
    base = workload.values.get("securityContext", "container") or make_node({}, node)
    zone = own.map.get("TZ") or workload.values.map.get("TZ")
    umask = own.map.get("UMASK") or base.map.get("UMASK")
    found: dict[str, Node | None] = {"TZ": zone, "UMASK": umask, "UMASK_SET": umask}
    if not security.map["runAsNonRoot"].value:
        user = own.map.get("PUID") or base.map.get("PUID")
        group = workload.pod_security().map.get("fsGroup")
        found |= {"PUID": user, "USER_ID": user, "UID": user, "PGID": group, "GROUP_ID": group, "GID": group}
    return [_variable(workload, name, value) for name, value in found.items() if value is not None]


def _variable(workload: Workload, name: str | Node, value: Node) -> Node:
    text = (
        workload.template.expand(value)
        if isinstance(value.value, str)
        else Node.make(format_scalar(value), value)
    )
    return make_node({"name": name, "value": text}, value)


def _environment(workload: Workload, node: Node) -> list[Node]:
    env = node.map.get("env") or make_node({}, node)
    result = []
    for name, value in sorted(env.map.items()):
        key = Node.make(name, env.get_key(name))
        result.append(
            _variable_from(workload, key, value)
            if isinstance(value.value, dict)
            else _variable(workload, key, value)
        )
    listed = (node.map.get("envList") or make_node([], node)).list
    return result + [
        _variable(workload, item.map["name"], item.map.get("value", make_node("", item))) for item in listed
    ]


def _variable_from(workload: Workload, name: Node, value: Node) -> Node:
    if len(value.map) != 1 or next(iter(value.map)) not in _REFERENCES:
        raise UnknownChart(
            f"Helm refuses the env {name.text}: it must be a text or one of {', '.join(_REFERENCES)}, "
            f"but has {', '.join(sorted(value.map))}"
        )
    ((kind, reference),) = value.map.items()
    if kind != "fieldRef":
        reference = _expanded(workload, reference)
    return make_node({"name": name, "valueFrom": {kind: reference}}, value)


def _source(workload: Workload, item: Node) -> Node:
    return make_node({kind: _expanded(workload, reference) for kind, reference in item.map.items()}, item)


def _expanded(workload: Workload, reference: Node) -> Node:
    """Return a reference with the full name of its object: the release's own start with its name."""
    fields: dict[str, object] = {
        key: node for key, node in reference.map.items() if key != "expandObjectName"
    }
    name = reference.map.get("name")
    if name is not None:
        text = workload.template.expand(name).text
        expand = reference.map.get("expandObjectName")
        own = expand is None or expand.value not in (False, "false")
        fields["name"] = Node.make(f"{workload.fullname}-{text}" if own else text, name)
    return make_node(fields, reference)
