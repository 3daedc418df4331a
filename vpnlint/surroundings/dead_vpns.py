"""Finds VPNs that only seem to carry a Pod's traffic: disabled, taken out, in another Pod, in unread values.

app-template 1.x makes a container of `addons.vpn` (bjw-s common 1.5.1, templates/addons); 2.0.0 and later
have no add-ons and read containers only under `controllers` (common 4.1.1, templates/lib/controller).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import POD_KINDS, find_pod_template
from vpnlint.workloads.workload import Workload

_LISTS = ("initContainers", "containers", "additionalContainers", "sidecars")
_NAMES = defer_pattern(
    r"(vpn|gluetun|wireguard|openvpn|nordvpn|protonvpn|mullvad|tailscale)\Z", re.IGNORECASE
)
_FALSY = (False, 0, "", "false", "disabled", "none")


def find_dead_vpns(workload: Workload, objects: Objects, catalog: Catalog) -> list[dict[str, str]]:
    """Return the `name` of each VPN outside the workload's Pods, and `why` it does not carry their traffic.

    The list is empty if the Pods contain a VPN.
    """
    if any(_is_vpn(container.text_at("image"), catalog) for container in workload.containers):
        return []
    taken = [
        {
            "name": container.text_at("name"),
            "why": f"is taken out by the patch at {patch.file}:{patch.span[1]}",
        }
        for container, patch in workload.taken
        if _is_vpn(container.text_at("image"), catalog)
    ]
    if taken:
        return taken
    values = workload.source.get("spec", "values")
    own = [] if values is None else [*_find_in_values(values, workload, catalog)]
    # One VPN in another Pod is enough of an example.
    return own or [*_find_in_other_pods(workload, objects, catalog)][:1]


def _find_in_values(values: Node, workload: Workload, catalog: Catalog) -> Iterator[dict[str, str]]:
    chart = " ".join(
        filter(
            None, (workload.source.scalar_at("spec", "chart", "spec", key) for key in ("chart", "version"))
        )
    )
    # A chart whose templates are in the repository may read them for something else, such as variables.
    rendered = workload.source.get("rendered") is not None
    unread = f"which {chart or 'its chart'} makes no container of{' with these values' if rendered else ''}"
    for path, item in _list_candidates(values):
        if not _NAMES.match(path[-1]) and not _is_vpn(_read_image(item), catalog):
            continue
        off = item.get("enabled")
        if (off is not None and off.value in _FALSY) or item.text_at("type") in ("disabled", "none"):
            yield {"name": ".".join(path), "why": "is not enabled"}
        elif off is None and (ways := _list_disabled(item)):
            yield from ({"name": ".".join((*path, way)), "why": "is not enabled"} for way in ways)
        elif path[0] != "controllers":
            yield {"name": ".".join(path), "why": f"is there, {unread}"}
        elif item.map:
            yield {"name": ".".join(path), "why": "is in another Pod, through which nothing leads this one"}


def _list_disabled(item: Node) -> list[str]:
    """Return the keys of the ways to run a VPN, such as providers, where none of several is enabled."""
    switches = {key: way.get("enabled") for key, way in item.map.items()}
    known = {key: switch.value for key, switch in switches.items() if switch is not None}
    return [*known] if all(value in _FALSY for value in known.values()) else []


def _list_candidates(values: Node) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Yield the path and values of each possible VPN container, in the forms of the known charts."""
    holders: list[tuple[tuple[str, ...], Node]] = [((), values)]
    holders += [(("addons",), item) for item in (values.get("addons"),) if item is not None]
    for kind in ("controllers", "workload"):
        holders += [((kind, name), item) for name, item in values.fields(kind).items()]
    for path, holder in holders:
        if path[:1] != ("controllers",):
            yield from (((*path, name), item) for name, item in holder.map.items() if item.map)
        for key in _LISTS:
            named = holder.fields(key).items()
            yield from (((*path, key, name), item) for name, item in named if item.map)


def _find_in_other_pods(workload: Workload, objects: Objects, catalog: Catalog) -> Iterator[dict[str, str]]:
    for root, vpn in objects.keep("VPNs in Pods of their own", lambda: [*_list_vpn_pods(objects, catalog)]):
        if root is not workload.source:
            yield vpn


def _list_vpn_pods(objects: Objects, catalog: Catalog) -> Iterator[tuple[Node, dict[str, str]]]:
    """Yield each object that runs a VPN and no client, so that it must serve other Pods, and what it is."""
    for kind in POD_KINDS:
        for root in objects.of_kind(kind):
            template = find_pod_template(root)
            containers = [] if template is None else template.items("spec", "containers")
            images = [container.text_at("image") for container in containers]
            yield from _describe_vpn_pod(root, images, catalog)
    for root in objects.of_kind("HelmRelease"):
        values = root.get("spec", "values")
        candidates = (
            [] if values is None else [item for path, item in _list_candidates(values) if len(path) > 1]
        )
        yield from _describe_vpn_pod(root, [_read_image(item) for item in candidates], catalog)


def _describe_vpn_pod(
    root: Node, images: list[str], catalog: Catalog
) -> Iterator[tuple[Node, dict[str, str]]]:
    vpn = next((image for image in images if _is_vpn(image, catalog)), "")
    if vpn and not any(catalog.names_client(image) for image in images):
        namespace, name = root.text_at("metadata", "namespace"), root.text_at("metadata", "name")
        title = (
            f"{root.text_at('kind')} {namespace}/{name}" if namespace else f"{root.text_at('kind')} {name}"
        )
        yield (
            root,
            {
                "name": f"{catalog.find_program(vpn)} of {title}",
                "why": "is in a Pod of its own, through which nothing leads this one",
            },
        )


def _read_image(item: Node) -> str:
    return item.text_at("image") or item.text_at("image", "repository")


def _is_vpn(image: str, catalog: Catalog) -> bool:
    return bool(image) and catalog.is_vpn(catalog.find_program(image))
