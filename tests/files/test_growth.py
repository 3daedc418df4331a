"""A repository of four times as many files costs four times as much: in calls, not in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import FrameType

import pytest

from tests.manifests import UNGUARDED_POD
from tests.shipped import RULESET
from vpnlint.check import check

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings-{0}\ndata:\n  key: value\n"
KUSTOMIZATION = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: app-{0}
  namespace: flux-system
spec:
  path: ./apps/app-{0}
  sourceRef:
    kind: GitRepository
    name: flux-system
"""
FIRST = 30
# What is sorted takes a little more than four times as long.
MOST = 4.5


def write_one_folder(root: Path, items: range) -> None:
    for item in items:
        (root / f"{item}.yaml").write_text(CONFIG_MAP.format(item))


def write_folders(root: Path, items: range) -> None:
    for item in items:
        (root / f"app-{item}").mkdir()
        (root / f"app-{item}" / "settings.yaml").write_text(CONFIG_MAP.format(item))


def write_listed(root: Path, items: range) -> None:
    """Write files that one kustomization lists, and as many that it leaves out."""
    write_one_folder(root, range(2 * items.start, 2 * items.stop))
    (root / "kustomization.yaml").write_text(
        KUSTOMIZATION + "".join(f"  - {item}.yaml\n" for item in range(items.stop)) + "  - client.yaml\n"
    )


def write_flux(root: Path, items: range) -> None:
    for item in items:
        folder = root / "apps" / f"app-{item}"
        folder.mkdir(parents=True)
        (folder / "settings.yaml").write_text(CONFIG_MAP.format(item))
        (folder / "kustomization.yaml").write_text(f"{KUSTOMIZATION}  - settings.yaml\n")
        (root / f"app-{item}.yaml").write_text(FLUX.format(item))


def count_calls(root: Path) -> int:
    """Return how many functions are called, Python's and others, to judge a repository with one client."""
    count = 0

    def notice(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(notice)
    try:
        result = check([str(root)], RULESET)
    finally:
        sys.setprofile(before)
    assert {workload.name for workload in result.workloads} == {"qbittorrent"}
    return count


@pytest.mark.parametrize("write", [write_one_folder, write_folders, write_listed, write_flux])
def test_four_times_as_many_files_cost_four_times_as_much(
    tmp_path: Path, write: Callable[[Path, range], None]
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "client.yaml").write_text(UNGUARDED_POD)
    calls = []
    sizes = (0, 1, FIRST, 4 * FIRST, 16 * FIRST)
    for before, number in pairwise(sizes):
        write(tmp_path, range(before, number))
        calls.append(count_calls(tmp_path))
    # The first run compiles the rules.
    _, first, second, third = calls
    assert third - second < MOST * (second - first)


def write_clusters(root: Path, number: int) -> None:
    """Write clusters with a client each, and with a long configuration of their nodes."""
    nodes = "".join(f"  node-{item}: {{address: 192.0.2.1}}\n" for item in range(200))
    for item in range(number):
        folder = root / f"cluster-{item}"
        folder.mkdir()
        (folder / "client.yaml").write_text(UNGUARDED_POD)
        (folder / "talconfig.yaml").write_text(f"clusterPodNets: [10.42.0.0/16]\nnodes:\n{nodes}")


def test_the_configuration_of_nodes_is_read_once_for_all_clusters(tmp_path: Path) -> None:
    calls = []
    for number in (1, 3, 12):
        root = tmp_path / str(number)
        root.mkdir()
        write_clusters(root, number)
        calls.append(count_calls(root))
    # The first run compiles the rules.
    assert calls[2] < MOST * calls[1]
