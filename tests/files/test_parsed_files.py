"""What was read for its facts alone is freed at once: looking for garbage would take longer than reading."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gitops.repositories import ks, lay_out, pod
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.files.index import Index

FILES = {
    f"{part}/{name}": text
    for part in range(20)
    for name, text in {
        "flux.yaml": ks(f"apps-{part}", f"./{part}/apps"),
        "apps/kustomization.yaml": "resources: [pod.yaml]\npatches: [{patch: '{a: b}', target: {kind: Pod}}]\n",
        "apps/pod.yaml": pod(f"qb-{part}"),
    }.items()
}


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("room", [0, 1 << 17])
def test_the_facts_of_a_repository_leave_no_garbage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr("vpnlint.files.parsed_files._ROOM", room)
    lay_out(tmp_path, FILES)
    found = []
    build = Index.build

    def measured(self: Index) -> None:
        gc.collect()
        build(self)
        found.append(gc.collect())

    monkeypatch.setattr(Index, "build", measured)
    result = check([str(tmp_path)], RULESET)
    assert len(result.workloads) == 20
    # A document alone takes dozens.
    assert found[0] < 20


def test_what_was_freed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, FILES)
    kept = check([str(tmp_path)], RULESET)
    monkeypatch.setattr("vpnlint.files.parsed_files._ROOM", 0)
    again = check([str(tmp_path)], RULESET)
    assert kept.findings
    assert (kept.findings, kept.workloads) == (again.findings, again.workloads)
