"""Which files of a repository are read besides those that were named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.gitops.repositories import lay_out, pod
from vpnlint.check import check
from vpnlint.files.index import Scan
from vpnlint.gitops import clusters
from vpnlint.ruleset.ruleset import load


@pytest.mark.parametrize("rendered", [False, True])
def test_the_repository_is_read_unless_the_file_is_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rendered: bool
) -> None:
    read = []
    around = clusters.around

    def remembering(paths: Sequence[str], scan: Scan) -> Scan:
        read.append(paths)
        return around(paths, scan)

    monkeypatch.setattr(clusters, "around", remembering)
    lay_out(tmp_path, {"pod.yaml": pod("qbittorrent")})
    assert check([str(tmp_path / "pod.yaml")], load(), rendered=rendered).workloads
    assert len(read) == (0 if rendered else 1)
