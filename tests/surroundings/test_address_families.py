"""What the repository says about the addresses of a cluster's Pods, and where it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.shipped import RULESET
from tests.surroundings.stand_ins import objects, pod
from vpnlint.check import check
from vpnlint.files.node_configs import find_pod_networks
from vpnlint.gitops.objects import Objects
from vpnlint.source.document import Document, parse_documents
from vpnlint.surroundings.address_families import find_address_families

POD = pod("{containers: [{name: main, image: linuxserver/qbittorrent:5.1.2}]}")
CILIUM = """
kind: HelmRelease
metadata: {{name: cilium, namespace: kube-system}}
spec: {{{chart}, values: {values}}}
"""
BY_NAME = "chart: {spec: {chart: cilium}}"
SERVICE = "{{kind: Service, metadata: {{name: a}}, spec: {spec}}}"
MANIFEST = """\
apiVersion: v1
kind: Pod
metadata: {name: torrents}
spec:
  containers:
    - {name: qbittorrent, image: ghcr.io/home-operations/qbittorrent:5.1.2}
"""


def say(text: str) -> list[tuple[bool, str]]:
    return [(family["ipv6"], family["says"]) for family in find_address_families(POD, objects(text))]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("{ipv6: {enabled: true}}", [(True, "Cilium's ipv6.enabled: true")]),
        ("{ipv6: {enabled: false}}", [(False, "Cilium's ipv6.enabled: false")]),
        ("{}", [(False, "Cilium's ipv6.enabled is unset, which is false")]),
        ("{ipv6: {enabled: '${IPV6}'}}", []),
        ("{cni: {chainingMode: aws-cni}}", []),
    ],
)
def test_ciliums_values_say_it(values: str, expected: list[tuple[bool, str]]) -> None:
    assert say(CILIUM.format(chart=BY_NAME, values=values)) == expected


def test_the_chart_is_known_by_its_source() -> None:
    release = CILIUM.format(chart="chartRef: {kind: OCIRepository, name: network}", values="{}")
    source = "{kind: OCIRepository, metadata: {name: network}, spec: {url: oci://quay.io/cilium/charts/%s}}"
    assert say(f"{release}---\n{source % 'cilium'}")
    assert say(f"{release}---\n{source % 'tetragon'}") == []


def test_values_that_cannot_be_read_say_nothing() -> None:
    release = CILIUM.format(chart=BY_NAME, values="{}").replace(
        "values: {}", "valuesFrom: [{kind: Secret, name: values}]"
    )
    assert "valuesFrom" in release
    assert say(release) == []


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("{ipFamilyPolicy: RequireDualStack}", [(True, "a Service's ipFamilyPolicy: RequireDualStack")]),
        ("{ipFamilies: [IPv4, IPv6]}", [(True, "IPv6 in a Service's ipFamilies")]),
        ("{ipFamilies: [IPv4]}", []),
        ("{ipFamilyPolicy: PreferDualStack}", []),
    ],
)
def test_a_service_that_needs_ipv6_says_it(spec: str, expected: list[tuple[bool, str]]) -> None:
    assert say(SERVICE.format(spec=spec)) == expected


def find_in_nodes(files: dict[str, str], workload: str) -> list[tuple[bool, str]]:
    documents = [document for file, text in files.items() for document in parse_documents(text, file)]
    roots = [document.root for document in documents if isinstance(document, Document)]
    torrents = pod("{containers: [{name: main, image: linuxserver/qbittorrent:5.1.2}]}")
    torrents.source.file = workload
    found = find_address_families(
        torrents, Objects((), [network for root in roots for network in find_pod_networks(root)])
    )
    return [(family["ipv6"], family["place"]) for family in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("clusterPodNets: [10.42.0.0/16]", [False]),
        ("clusterPodNets:\n  - 10.42.0.0/16\n  - 2001:db8:42::/56", [True]),
        ("clusterPodNets: ['${POD_NET}']", []),
        ("cluster: {network: {podSubnets: [10.244.0.0/16]}}", [False]),
        ("cluster-cidr: 10.42.0.0/16,2001:db8:42::/56", [True]),
        ("k3s_server: {cluster-cidr: 10.42.0.0/16}", [False]),
        ("clusterSvcNets: [2001:db8:43::/112]", []),
    ],
)
def test_the_nodes_configuration_says_it(text: str, expected: list[bool]) -> None:
    found = find_in_nodes({"talos/talconfig.yaml": text}, "apps/qbittorrent.yaml")
    assert [ipv6 for ipv6, _ in found] == expected


@pytest.mark.parametrize(
    ("workload", "config"),
    [
        ("kubernetes/main/apps/qbittorrent.yaml", "ansible/main/inventory/all.yaml"),
        ("kubernetes/storage/apps/qbittorrent.yaml", "ansible/storage/inventory/all.yaml"),
    ],
)
def test_the_nearest_of_several_clusters_counts(workload: str, config: str) -> None:
    files = {
        "ansible/main/inventory/all.yaml": "cluster-cidr: 10.42.0.0/16",
        "ansible/storage/inventory/all.yaml": "cluster-cidr: 10.42.0.0/16,2001:db8:42::/56",
    }
    assert find_in_nodes(files, workload) == [("storage" in config, f"{config}:1")]


def test_clusters_that_nothing_tells_apart_all_count() -> None:
    files = {
        "a/talconfig.yaml": "clusterPodNets: [10.42.0.0/16]",
        "b/talconfig.yaml": "clusterPodNets: [2001:db8:42::/56]",
    }
    found = find_in_nodes(files, "apps/qbittorrent.yaml")
    assert found == [(False, "a/talconfig.yaml:1"), (True, "b/talconfig.yaml:1")]


@pytest.mark.parametrize(
    ("networks", "condition", "settled"),
    [
        (
            "[10.42.0.0/16, 2001:db8:42::/56]",
            "",
            "the cluster gives its Pods IPv6 addresses: clusterPodNets: ",
        ),
        ("['${NETWORK}']", "unless the cluster gives its Pods IPv4 addresses alone", ""),
    ],
)
def test_the_matrix_says_where_it_was_read(
    networks: str, condition: str, settled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pod.yaml").write_text(MANIFEST)
    (tmp_path / "talconfig.yaml").write_text(f"# nodes\nclusterPodNets: {networks}\n")
    monkeypatch.chdir(tmp_path)
    (workload,) = check(["."], RULESET).workloads
    cell = workload.matrix["steady"]["ipv6"]
    assert (cell.verdict, cell.condition) == ("LEAK", condition)
    assert cell.settled_by.startswith(settled)
    assert cell.settled_by.endswith("(talconfig.yaml:2)" if settled else "")
    assert workload.matrix["steady"]["peers"].settled_by == ""


def test_pods_of_a_cluster_without_ipv6_leak_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pod.yaml").write_text(MANIFEST)
    (tmp_path / "talconfig.yaml").write_text("clusterPodNets: [10.42.0.0/16]\n")
    monkeypatch.chdir(tmp_path)
    (workload,) = check(["."], RULESET).workloads
    cell = workload.matrix["steady"]["ipv6"]
    assert (cell.verdict, cell.reason, cell.condition) == ("blocked", "pods-without-ipv6", "")
    assert "IPv4 addresses alone" in cell.settled_by
