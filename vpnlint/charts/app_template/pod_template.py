"""Makes the Pod template of an app-template controller, for chart versions 2 to 5.

Source: github.com/bjw-s-labs/helm-charts, charts/library/common/templates/lib/pod/**, tags common-2.3.0 to
common-4.1.1, and _spec.tpl, _labels.tpl, _annotations.tpl and values/_init.tpl of 4.6.0 and 5.x.
"""

from __future__ import annotations

from vpnlint.charts.app_template.containers import make_containers
from vpnlint.charts.app_template.persistence import make_volumes
from vpnlint.charts.app_template.scope import AFTER_4_1, Kind, Scope, Version
from vpnlint.charts.helm.values import (
    is_empty,
    list_enabled_items,
    make_app_labels,
    make_node,
    merge_maps,
    merge_values,
)
from vpnlint.errors import UnknownChart
from vpnlint.source.node import Node

_SWITCHES = ("enableServiceLinks", "automountServiceAccountToken", "hostIPC", "hostNetwork", "hostPID")
# Option → the version that introduced it; earlier versions drop it.
_OPTIONS: dict[str, Version] = {
    **dict.fromkeys(
        ("priorityClassName", "runtimeClassName", "schedulerName", "securityContext", "hostname", "dnsConfig",
         "hostAliases", "imagePullSecrets", "terminationGracePeriodSeconds", "restartPolicy", "nodeSelector",
         "affinity", "topologySpreadConstraints", "tolerations"),
        (2, 0, 0),
    ),
    "hostUsers": (3, 6, 0),
    "shareProcessNamespace": (3, 7, 0),
    "resources": (4, 0, 0),
    "resourceClaims": (5, 0, 0),
    "schedulingGates": (5, 0, 0),
}  # fmt: skip
_TEMPLATED: dict[str, Version] = {"affinity": (3, 7, 0), "topologySpreadConstraints": (4, 1, 0)}
# The hash of the YAML that Helm would render, which is unknown offline.
CHECKSUM = "{{ sha256sum }}"


def make_pod_template(
    scope: Scope, identifier: str, controller: Node, restart_policy: str | None = None
) -> Node:
    """Return the Pod template (metadata and spec) of a controller.

    restart_policy: the default for Jobs and CronJobs. Raises UnknownChart if Helm would refuse the values.
    """
    main = make_containers(scope, identifier, controller, "containers")
    if not main:
        raise UnknownChart(f"controllers.{identifier} has no enabled container, so Helm refuses it")
    spec = _make_options(scope, controller)
    if restart_policy:
        own = controller.get("pod", "restartPolicy")
        spec["restartPolicy"] = (
            own if own is not None and own.value else make_node(restart_policy, controller)
        )
    spec["serviceAccountName"] = _choose_service_account(scope, identifier, controller)
    spec["dnsPolicy"] = _choose_dns_policy(scope, controller)
    lists = {
        "initContainers": make_containers(scope, identifier, controller, "initContainers"),
        "containers": main,
        "volumes": make_volumes(scope, identifier),
    }
    for name, items in lists.items():
        if items:
            spec[name] = Node.make(items, controller.map.get(name, controller))
    metadata = {"labels": _make_labels(scope, identifier, controller)}
    annotations = _make_annotations(scope, identifier, controller)
    if annotations:
        metadata["annotations"] = Node.make(annotations, controller)
    return Node.make(
        {"metadata": Node.make(metadata, controller), "spec": Node.make(spec, controller)}, controller
    )


def _make_options(scope: Scope, controller: Node) -> dict[str, Node]:
    present = {**scope.values.fields("defaultPodOptions"), **controller.fields("pod")}
    result: dict[str, Node] = {}
    for name in _SWITCHES:
        value = _find_option(scope, controller, name) if name in present else None
        result[name] = _make_switch(scope, controller, name) if value is None else value
    for name, since in _OPTIONS.items():
        value = _find_option(scope, controller, name) if name in present and scope.version >= since else None
        if value is None or (is_empty(value) and value.value is not False):
            continue
        templated = _TEMPLATED.get(name)
        result[name] = scope.expand(value) if templated and scope.version >= templated else value
    return result


def _find_option(scope: Scope, controller: Node, name: str) -> Node | None:
    """Return a Pod option of the controller or of defaultPodOptions, by the values' strategy."""
    default = scope.values.get("defaultPodOptions", name)
    own = controller.get("pod", name)
    if scope.version < (3, 0, 0):
        return default if own is None else own
    if default is not None and is_empty(default) and not isinstance(default.value, bool):
        default = None
    if own is None:
        return default
    if scope.version >= (4, 0, 0) and isinstance(own.value, dict):
        strategy = scope.values.map.get("defaultPodOptionsStrategy")
        merging = strategy is not None and strategy.value == "merge"
        return merge_values(own, default) if merging and default is not None else own
    return default if is_empty(own) and not isinstance(own.value, bool) else own


def _make_switch(scope: Scope, controller: Node, name: str) -> Node:
    """Return the chart's own default of a switch."""
    if name == "enableServiceLinks":
        return make_node(scope.version < (3, 0, 0), controller)
    return make_node(name == "automountServiceAccountToken" and scope.version < (5, 0, 0), controller)


def _choose_dns_policy(scope: Scope, controller: Node) -> Node:
    own = _find_option(scope, controller, "dnsPolicy")
    if own is not None and own.value:
        return own
    host_network = _find_option(scope, controller, "hostNetwork")
    on_host = host_network is not None and host_network.value is True
    return make_node("ClusterFirstWithHostNet" if on_host else "ClusterFirst", host_network or controller)


def _make_labels(scope: Scope, identifier: str, controller: Node) -> Node:
    """Return the Pod's labels; the selector's win over the user's since 4.2, the user's win before."""
    selector = make_node(make_controller_labels(scope, identifier, controller), controller)
    everywhere = scope.values.get("global", "labels") if _propagates_metadata(scope) else None
    everywhere = None if everywhere is None else scope.expand(everywhere)
    if scope.version >= AFTER_4_1:
        return Node.make(
            {**merge_maps([_find_option(scope, controller, "labels"), everywhere]), **selector.map},
            controller,
        )
    own = [controller.get("pod", "labels"), scope.values.get("defaultPodOptions", "labels")]
    return Node.make(merge_maps([*own, selector, everywhere]), controller)


def make_controller_labels(scope: Scope, identifier: str, controller: Node) -> dict[str, object]:
    """Return the labels by which a controller selects its Pods, including its extra ones (5.x)."""
    extra = controller.fields("extraSelectorLabels") if scope.version >= (5, 0, 0) else {}
    return {**extra, **make_selector_labels(scope, identifier)}


def make_selector_labels(scope: Scope, identifier: str) -> dict[str, str]:
    """Return the labels of all Pods of a controller, by which Services and policies select them."""
    part = "controller" if scope.version >= (4, 0, 0) else "component"
    return {f"app.kubernetes.io/{part}": identifier, **make_app_labels(scope.name, scope.release.name)}


def _make_annotations(scope: Scope, identifier: str, controller: Node) -> dict[str, Node]:
    everywhere = scope.values.get("global", "annotations") if _propagates_metadata(scope) else None
    everywhere = None if everywhere is None else scope.expand(everywhere)
    if scope.version >= AFTER_4_1:
        own = [_find_option(scope, controller, "annotations")]
    else:
        own = [controller.get("pod", "annotations"), scope.values.get("defaultPodOptions", "annotations")]
    result = merge_maps([*own, everywhere])
    for section in ("configMaps", "secrets"):
        items = scope.values.map.get(section, make_node({}, controller))
        summed = any(_is_in_checksum(scope, identifier, item) for _, item in list_enabled_items(items))
        if summed or (section == "secrets" and makes_token(scope)):
            result[f"checksum/{section}"] = make_node(CHECKSUM, items)
    return result


def makes_token(scope: Scope) -> bool:
    """Tell whether the chart makes a Secret for an account's token, which counts as one of `secrets`."""
    accounts = scope.values.map.get("serviceAccount")
    if accounts is None:
        return False
    if scope.version >= (4, 0, 0):
        return any(not is_empty(item.map.get("staticToken")) for _, item in list_enabled_items(accounts))
    extra = accounts.fields("extraServiceAccounts") if scope.version >= (3, 5, 0) else {}
    switches = [accounts.map.get("create"), *(item.map.get("create", item) for item in extra.values())]
    return not all(map(is_empty, switches))


def _is_in_checksum(scope: Scope, identifier: str, item: Node) -> bool:
    if scope.version < (3, 0, 0):
        return not is_empty(item.map.get("enabled"))
    included, only = item.map.get("includeInChecksum"), item.map.get("includeChecksumInControllers")
    if included is not None and not included.value:
        return False
    return only is None or not only.value or identifier in only.to_plain()


def _propagates_metadata(scope: Scope) -> bool:
    return scope.version >= (3, 6, 0) and not is_empty(
        scope.values.get("global", "propagateGlobalMetadataToPods")
    )


def _choose_service_account(scope: Scope, identifier: str, controller: Node) -> Node:
    own = controller.map.get("serviceAccount") if scope.version >= (3, 5, 0) else None
    accounts = scope.values.map.get("serviceAccount")
    if scope.version < (4, 0, 0):
        return _choose_service_account_before_4(scope, own, accounts, controller)
    if accounts is None and scope.version >= (5, 0, 0):
        switch = scope.values.get("global", "createDefaultServiceAccount")
        if switch is None or switch.value:
            accounts = make_node({scope.release.name: {}}, controller)
    enabled = dict(list_enabled_items(accounts))
    if own is None:
        alone = len(enabled) == 1 and scope.version >= (4, 1, 0)
        return (
            Node.make(next(iter(enabled)), next(iter(enabled.values())))
            if alone
            else make_node("default", controller)
        )
    name = own.map.get("identifier")
    if name is None:
        return own.map.get("name", make_node("default", own))
    if name.text not in enabled:
        raise UnknownChart(f"controllers.{identifier}.serviceAccount.identifier {name.text!r} is not enabled")
    return Node.make(scope.make_object_name(name.text, enabled[name.text], Kind.OTHER, len(enabled)), name)


def _choose_service_account_before_4(
    scope: Scope, own: Node | None, accounts: Node | None, controller: Node
) -> Node:
    """Return the account's name; `serviceAccount` describes one and `extraServiceAccounts` describes more."""
    account = accounts if accounts is not None else make_node({}, controller)
    if own is not None and "identifier" in own.map:
        name = own.map["identifier"].text
        extra = account.get("extraServiceAccounts", name)
        if name != "default":
            extra_name = extra.map.get("name") if extra is not None else None
            return (
                extra_name
                if extra_name is not None and extra_name.value
                else make_node(f"{scope.fullname}-{name}", own)
            )
    elif own is not None and "name" in own.map:
        return own.map["name"]
    return choose_account_name(scope, account)


def choose_account_name(scope: Scope, account: Node) -> Node:
    """Return the name of the ServiceAccount that `serviceAccount` describes before 4.0."""
    name = account.map.get("name")
    if name is not None and name.value:
        return name
    return make_node("default" if is_empty(account.map.get("create")) else scope.fullname, account)
