"""The other places that play a part in a finding: the workload's object, its VPN, its torrent client."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.judge.locate import find_place, find_underlined
from vpnlint.results.finding import Related
from vpnlint.source.node import Span
from vpnlint.workloads.workload import Workload


def find_related_places(
    workload: Workload, pod: Mapping[str, Any], element: Mapping[str, Any], place: Span, objects: Objects
) -> tuple[Related, ...]:
    """Return the other places of a finding about an element of a Pod of the view, each once."""
    seen = {place[:2]}
    places = []
    for related in _list_candidates(workload, pod, element, objects):
        if related.span[:2] not in seen:
            seen.add(related.span[:2])
            places.append(related)
    return tuple(places)


def _list_candidates(
    workload: Workload, pod: Mapping[str, Any], element: Mapping[str, Any], objects: Objects
) -> Iterator[Related]:
    name = workload.source.get("metadata", "name") or workload.source
    yield Related(find_underlined(name), workload.title)
    for role, title in (("vpns", "the VPN"), ("clients", "the torrent client")):
        for container in pod[role]:
            if container["name"] != element.get("name"):
                node = find_place(workload, container["name"], (), objects)
                yield Related(find_underlined(node), f"{container['name']}, {title}")
