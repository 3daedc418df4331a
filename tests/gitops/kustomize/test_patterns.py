"""Patterns and selectors of a kustomization: what Go refuses is said at its place, and the rest is built."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.gitops.repositories import lay_out, pod
from vpnlint.files.tree import Tree
from vpnlint.gitops.kustomize.build import build_folder
from vpnlint.gitops.kustomize.build_result import BuildResult
from vpnlint.gitops.kustomize.label_selector import matches_label_selector
from vpnlint.source.document import Document, parse_documents

POD = pod("qb", ", labels: {app: qb, tier: '3'}")


def built(root: Path, kustomization: str) -> BuildResult:
    lay_out(root, {"kustomization.yaml": f"resources: [pod.yaml]\n{kustomization}", "pod.yaml": POD})
    return build_folder(str(root), Tree())


@pytest.mark.parametrize(
    ("entry", "column", "message"),
    [
        ("patches: [{target: {kind: '(?=P)'}, patch: '[]'}]", 27, "invalid perl operator"),
        ("patches: [{target: {name: 'a{999999999999}'}, patch: '[]'}]", 27, "invalid repeat count"),
        ("patches: [{target: {labelSelector: 'a in b'}, patch: '[]'}]", 36, "not a label selector"),
        ("images: [{name: '(', newTag: x}]", 17, "not a regular expression"),
        ("replacements: [{source: {kind: '(', name: qb}, targets: []}]", 32, "not a regular expression"),
    ],
)
def test_a_pattern_that_go_refuses_is_said_at_its_place(
    entry: str, column: int, message: str, tmp_path: Path
) -> None:
    made = built(tmp_path, f"{entry}\nnamePrefix: x-\n")
    (problem,) = made.problems
    assert (problem.line, problem.column) == (2, column)
    assert message in problem.message
    assert [resource.name for resource in made.resources] == ["x-qb"]


def test_patterns_that_backtrack_and_brackets_without_end_take_no_time(tmp_path: Path) -> None:
    start = time.process_time()
    kustomization = (
        "patches: [{target: {name: '(a+)+x'}, patch: '[]'}]\n"
        "images: [{name: '(([a-z./-])+)+X', newTag: x}]\n"
        "replacements: [{source: {kind: Pod}, targets: [{select: {kind: Pod}, "
        f"fieldPaths: ['{'[' * 200_000}']}}]}}]\n"
        "vars: [{name: A, objref: {kind: Pod, name: qb}}]\n"
        f"commonAnnotations: {{a: '{'$(' * 200_000}'}}\n"
        f"commonLabels: {{}}\n"
    )
    assert built(tmp_path, kustomization).problems == []
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("app=qb", True),
        ("app == qb , tier!=4", True),
        ("app in (qb, tr)", True),
        ("app notin (qb)", False),
        ("none notin (qb)", True),
        ("app", True),
        ("!app", False),
        ("!none", True),
        ("tier>2", True),
        ("tier<2", False),
        ("app>2", False),
        ("none=", False),
        ("", True),
    ],
)
def test_a_label_selector_means_what_kubernetes_reads(selector: str, *, expected: bool) -> None:
    document = next(parse_documents("{app: qb, tier: '3'}", "labels.yaml"))
    assert isinstance(document, Document)
    assert matches_label_selector(selector, document.root) is expected


@pytest.mark.parametrize("selector", ["a in b", "a b", "=", "a in (b", "(" * 100_000, "a=!", "a,,b"])
def test_a_label_selector_that_kubernetes_refuses_is_refused(selector: str) -> None:
    with pytest.raises(ValueError, match=r"expected|operator"):
        matches_label_selector(selector, None)
