"""Joins the resources of a kustomization: no two may have the same identity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vpnlint.errors import InputError
from vpnlint.gitops.kustomize.helm_charts import is_inflated_chart
from vpnlint.gitops.kustomize.resource import Resource


def join_resources(
    before: Sequence[Resource], further: Iterable[Resource], problems: list[InputError]
) -> list[Resource]:
    """Return resources with further ones behind them.

    Of two with one identity, which kustomize refuses, the first stays; problems takes an error. Kustomize
    does not refuse two releases of one name, only objects that both make.
    """
    resources = list(before)
    known = {resource.identity for resource in before}
    for resource in further:
        if resource.name and resource.identity in known and not is_inflated_chart(resource):
            place = resource.node.get("metadata", "name") or resource.node
            message = f"the {resource.kind} {resource.name} is listed twice; kustomize refuses that"
            problems.append(place.error(message))
            continue
        known.add(resource.identity)
        resources.append(resource)
    return resources
