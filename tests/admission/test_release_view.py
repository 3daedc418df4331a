"""The view of a HelmRelease sees in it what the view of a Pod sees in what its chart makes: every field."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import libyaml
from tests.admission.verdicts import POD_VIEW, RELEASE_VIEW
from tests.cases.forms import FORMS
from tests.checkout import EVERYTHING, take_turn
from tests.shipped import RULESET
from tests.test_kinds import KINDS, pod_of
from vpnlint.admission.view_evaluator import Offline
from vpnlint.check import list_workloads

# What Helm names, and no rule asks of a Pod that the cluster sees alone; and what stands around it.
_OF_HELM = {"labels", "serviceAccount", "around"}
CHARTS = ("app-template 2", "app-template 3", "app-template 5.3")
# Beside the kinds of mistakes, what a Pod's fields may be.
MORE: list[dict[str, Any]] = [
    {"id": "group", "vpn": {"securityContext": {"runAsGroup": 568}}},
    {
        "id": "pod-user",
        "pod": {"securityContext": {"runAsUser": 568, "runAsGroup": 568, "runAsNonRoot": True}},
    },
    {"id": "token", "pod": {"automountServiceAccountToken": True, "serviceAccountName": "torrents"}},
    {
        "id": "names",
        "pod": {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.43.0.10"], "searches": ["lan"]}},
    },
    {"id": "ndots", "pod": {"dnsConfig": {"options": [{"name": "ndots", "value": "1"}]}}},
    {"id": "node", "pod": {"hostNetwork": True, "hostUsers": False}},
    {
        "id": "sysctls",
        "pod": {"securityContext": {"sysctls": [{"name": "net.ipv4.ip_forward", "value": "1"}]}},
    },
    {"id": "claims", "pod": {"resourceClaims": [{"name": "tun", "resourceClaimName": "tun"}]}},
    {"id": "ports", "vpn": {"ports": [{"name": "proxy", "containerPort": 8888, "protocol": "TCP"}]}},
    {"id": "http", "vpn": {"livenessProbe": {"httpGet": {"path": "/", "port": 9999}}}},
    {"id": "grpc", "vpn": {"readinessProbe": {"grpc": {"port": 9000}}}},
    {"id": "networks", "env": {"FIREWALL_OUTBOUND_SUBNETS": "10.0.0.0/8, 192.168.1.0/24,fd00::/8,1.0.0.0/8"}},
]


@pytest.fixture(scope="module")
def views() -> tuple[Offline, Offline]:
    return Offline(RELEASE_VIEW, RULESET.catalog), Offline(POD_VIEW, RULESET.catalog)


@pytest.mark.parametrize(("number", "form"), list(enumerate(CHARTS)))
def test_every_field_is_that_of_the_pod(
    number: int, form: str, views: tuple[Offline, Offline], tmp_path: Path
) -> None:
    """Each chart makes every kind by `make properties`; else a sixth of them, others with the next commits,
    so that two commits and all three charts make all."""
    every = [{"base": "gluetun", "found": [], **kind} for kind in [*KINDS["kinds"], *MORE]]
    kinds = every if EVERYTHING else take_turn(every[number :: len(CHARTS)], of=2)
    releases = {}
    for kind in kinds:
        document = FORMS[form](pod_of(kind)[0])["app.yaml"][0]
        document["metadata"]["namespace"] = "media"
        releases[kind["id"]] = document
        path = tmp_path / f"{kind['id']}.yaml"
        path.write_text(libyaml.dump(document, sort_keys=False), encoding="utf-8")
    workloads, problems = list_workloads([str(tmp_path)])
    assert problems == ()
    of_release, of_pod = views
    differ: dict[str, dict[str, Any]] = {}
    compared = 0
    for workload, _ in workloads:
        assert workload.object is not None, workload.reason
        name = Path(workload.source.file).stem
        (seen,) = of_release.find_pods(_as_read(releases[name]))
        (made,) = of_pod.find_pods(workload.object.to_plain())
        compared += 1
        found = _differences(seen, made)
        if found:
            differ[name] = found
    assert compared == len(kinds)
    assert differ == {}


def _as_read(document: dict[str, Any]) -> dict[str, Any]:
    return libyaml.load(libyaml.dump(document))  # type: ignore[no-any-return]  # YAML of a mapping


def _differences(seen: dict[str, Any], made: dict[str, Any], path: str = "") -> dict[str, Any]:
    """Return the fields that differ, with both values; labels are the chart's own, none of the release's."""
    found: dict[str, Any] = {}
    for key in sorted((set(seen) | set(made)) - _OF_HELM):
        one, other = (_sorted(key, side.get(key)) for side in (seen, made))
        if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
            for number, (first, second) in enumerate(zip(one, other, strict=True)):
                here = f"{path}/{key}[{number}]"
                if isinstance(first, dict) and isinstance(second, dict):
                    found |= _differences(first, second, here)
                elif first != second:
                    found[here] = (first, second)
        elif one != other:
            found[f"{path}/{key}"] = (one, other)
    return found


def _sorted(key: str, value: Any) -> Any:  # noqa: ANN401  (CEL)
    """Return variables by their names, as a mapping of them has no order in CEL."""
    return (
        sorted(value, key=lambda item: str(item["name"])) if key in ("env", "settings", "offers") else value
    )
