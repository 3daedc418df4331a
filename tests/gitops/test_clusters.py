"""Which files of a repository are read besides those that were named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.repositories import lay_out, pod
from tests.shipped import RULESET
from vpnlint.check import check


@pytest.mark.parametrize(("rendered", "namespace"), [(False, "media"), (True, "")])
def test_the_repository_is_read_unless_the_file_is_rendered(
    tmp_path: Path, rendered: bool, namespace: str
) -> None:
    files = {
        "pod.yaml": pod("qbittorrent"),
        "kustomization.yaml": "namespace: media\nresources: [pod.yaml]\n",
    }
    root = lay_out(tmp_path, files)
    (workload,) = check([str(root / "pod.yaml")], RULESET, rendered=rendered).workloads
    assert workload.namespace == namespace
