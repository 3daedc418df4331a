"""Tests the egress and kill switch of workloads in the corpus whose surroundings decide about them.

The test takes every document of a repository for applied; tests/gitops tests which of them really are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import CORPUS, needs_corpus
from tests.shipped import RULESET
from vpnlint.check import list_workloads
from vpnlint.gitops.objects import Objects
from vpnlint.surroundings import NO_SURROUNDINGS
from vpnlint.surroundings.collect import collect_surroundings
from vpnlint.surroundings.container_env import expand_environment
from vpnlint.workloads.workload import Workload

WANTED = ("gateway", "network")
KILL_SWITCH = {"in_force": "on", "off": "off", "none": "off", "unknown": "unknown"}
OTHER_KILL_SWITCH = {
    "Deenyoro/AG-Talos-Kubernetes": "CiliumNetworkPolicies in the gateway's own kustomization let it out only by its VPN's port and DNS",
    "Tomyail/talos-cluster": "what is behind a Cilium egress gateway stands in no manifest",
}

pytestmark = needs_corpus


def pods() -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each labelled row with its Pod in the view."""
    for line in (CORPUS / "labels.jsonl").read_text().splitlines():
        label = json.loads(line)
        if label["egress"] not in WANTED:
            continue
        found, _ = list_workloads([str(CORPUS / "repos" / label["repo"].replace("/", "__"))])
        for workload, objects in found:
            if Path(workload.source.file).as_posix().endswith(f"/{label['path']}"):
                yield label, view(workload, objects)
                break


def view(workload: Workload, objects: Objects) -> dict[str, Any]:
    made = expand_environment(workload, objects)
    assert made.object is not None
    images = [image.text for node in made.containers if (image := node.get("image")) is not None]
    data = {
        "object": made.object.to_plain(nulls=False),
        "catalog": RULESET.catalog.select_part(images),
        "around": {**NO_SURROUNDINGS, **collect_surroundings(made, objects, RULESET.catalog)},
    }
    found: list[dict[str, Any]] = RULESET.compiled.view.find_pods(data)
    return found[0]


@pytest.fixture(scope="module")
def rows() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(pods())


def test_the_way_out_is_a_gateway_or_a_network_of_the_repository(
    rows: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    assert len(rows) > 15
    assert [label["repo"] for label, pod in rows if pod["egress"] != label["egress"]] == []
    unknown = {label["repo"] for label, pod in rows if not all(n["known"] for n in pod["around"]["networks"])}
    assert unknown == set()


def test_a_gateway_blocks_as_a_reader_found(rows: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    differ = {
        label["repo"]
        for label, pod in rows
        if label["egress"] == "gateway" and pod["killSwitch"] != KILL_SWITCH[label["kill_switch"]]
    }
    print(f"kill switch of gateways: {len(differ)} rows differ, each with a reason")
    assert differ == set(OTHER_KILL_SWITCH)


def test_a_network_that_only_bound_traffic_takes_is_told_from_the_others(
    rows: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    defaults = {label["repo"]: {n["default"] for n in pod["around"]["networks"]} for label, pod in rows}
    assert defaults.pop("aedot/k8s-gitops") == {"bound"}
    networks = {label["repo"] for label, _ in rows if label["egress"] == "network"} - {"aedot/k8s-gitops"}
    assert {repo for repo in networks if defaults[repo] != {"yes"}} == set()
