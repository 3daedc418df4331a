"""What a kustomization multiplies ends in one line at its place, quickly, and everything else is judged."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.gitops.repositories import lay_out, names, pod
from vpnlint.files.tree import Tree
from vpnlint.gitops.kustomize.build import build_folder
from vpnlint.source.budget import Budget
from vpnlint.source.document import Document, parse_documents


def said(root: Path, folder: str) -> list[str]:
    start = time.process_time()
    made = build_folder(str(root / folder), Tree())
    assert time.process_time() - start < 8
    return [problem.message for problem in made.problems]


def test_a_diamond_of_kustomizations_is_over_the_budget_and_the_rest_is_built(tmp_path: Path) -> None:
    files = {
        f"{level}{side}/kustomization.yaml": (
            f"resources: [../{level + 1}a, ../{level + 1}b]\nnamePrefix: {side}\n"
        )
        for level in range(24)
        for side in "ab"
    }
    for side in "ab":
        files |= {
            f"24{side}/kustomization.yaml": "resources: [d.yaml]\n",
            f"24{side}/d.yaml": pod(f"qb-{side}"),
        }
    lay_out(tmp_path, {**files, "top/kustomization.yaml": "resources: [../0a]\n", "good.yaml": pod("good")})
    (message,) = said(tmp_path, "top")
    assert message.startswith("produces more ")
    assert "good" in names(tmp_path)


def test_a_chain_of_kustomizations_is_followed_to_a_limit(tmp_path: Path) -> None:
    files = {f"{level}/kustomization.yaml": f"resources: [../{level + 1}, p.yaml]\n" for level in range(300)}
    files |= {f"{level}/p.yaml": pod(f"p{level}") for level in range(300)}
    lay_out(tmp_path, files)
    made = build_folder(str(tmp_path / "0"), Tree())
    (problem,) = made.problems
    assert problem.message.startswith("kustomizations nest more than 100 levels deep")
    assert len(made.resources) == 100


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (
            "\n".join(f"- {{op: copy, from: /spec, path: /spec/x{i}}}" for i in range(40)),
            "adds more than 100,000 values",
        ),
        (
            "\n".join(
                f"- {{op: add, path: '/spec/a{'/a' * (150 * i)}', value: {'{a: ' * 150}x{'}' * 150}}}"
                for i in range(8)
            ),
            "produces an object of more",
        ),
        (f"- {{op: add, path: '{'/a' * 5000}', value: x}}", "a JSON pointer of more than 200 steps"),
        (
            f"- {{op: add, path: '/spec/containers/{'9' * 5000}', value: x}}",
            "this JSON patch fails: there is nothing at",
        ),
    ],
    ids=["doubling", "nesting", "long-pointer", "long-number"],
)
def test_json_patches_do_not_grow_an_object_without_end(patch: str, message: str, tmp_path: Path) -> None:
    files = {"kustomization.yaml": "resources: [p.yaml]\npatches: [{target: {kind: Pod}, path: j.yaml}]\n"}
    lay_out(tmp_path, {**files, "p.yaml": pod("qb"), "j.yaml": patch})
    (found,) = said(tmp_path, ".")
    assert found.startswith(message)
    assert names(tmp_path) == ["qb"]


def test_replacements_and_variables_do_not_grow_an_object_without_end(tmp_path: Path) -> None:
    double = (
        "  - source: {kind: Pod, fieldPath: spec}\n"
        "    targets: [{select: {kind: Pod}, fieldPaths: [spec.x%d], options: {create: true}}]\n"
    )
    targets = f"[{{select: {{kind: Pod}}, fieldPaths: [{'a.' * 5000}a], options: {{create: true}}}}]"
    long = f"replacements: [{{source: {{kind: Pod}}, targets: {targets}}}]\n"
    lay_out(
        tmp_path,
        {
            "r/kustomization.yaml": "resources: [p.yaml]\nreplacements:\n"
            + "".join(double % i for i in range(40)),
            "l/kustomization.yaml": f"resources: [p.yaml]\n{long}",
            "v/kustomization.yaml": (
                "resources: [p.yaml]\n"
                "vars: [{name: A, objref: {kind: Pod, name: qb}, fieldref: {fieldpath: metadata.annotations.a}}]\n"
                f"commonAnnotations: {{a: '{'x' * 100_000}', b: '{'$(A)' * 100_000}'}}\n"
            ),
            "r/p.yaml": pod("qb"),
            "l/p.yaml": pod("qb"),
            "v/p.yaml": pod("qb"),
        },
    )
    for folder in "rl":
        start = time.process_time()
        made = build_folder(str(tmp_path / folder), Tree())
        assert time.process_time() - start < 8
        assert any("of more than" in note.message for note in made.absent)
        assert [resource.name for resource in made.resources] == ["qb"]
    (message,) = said(tmp_path, "v")
    assert message.startswith("produces more text")


def test_a_run_that_used_its_budget_up_still_has_a_little_for_each_part() -> None:
    document = next(parse_documents("a: b", "a.yaml"))
    assert isinstance(document, Document)
    budget = Budget()
    whole = budget.allot_part()
    with pytest.raises(Exception, match="produces more nodes"):
        whole.spend(document.root, nodes=1_000_000)
    budget.allot_part().spend(document.root, nodes=1000)
    with pytest.raises(Exception, match="produces more nodes"):
        budget.allot_part().spend(document.root, nodes=100_000)
    with pytest.raises(Exception, match="produces more nodes"):
        budget.allot_part().spend(document.root, nodes=10**9)
    with pytest.raises(Exception, match="produces more nodes"):
        budget.allot_part().spend(document.root, nodes=1)


def test_a_large_repository_may_make_more() -> None:
    document = next(parse_documents("a: b", "a.yaml"))
    assert isinstance(document, Document)
    small, large = Budget(), Budget()
    large.widen(100 << 20)
    for budget in (small, large):
        for _ in range(4):
            budget.allot_part().spend(document.root, steps=200_000)
    with pytest.raises(Exception, match="produces more steps"):
        small.allot_part().spend(document.root, steps=200_000)
    large.allot_part().spend(document.root, steps=200_000)


def test_a_kustomization_that_leads_back_to_itself_is_said_and_the_rest_of_it_is_built(
    tmp_path: Path,
) -> None:
    lay_out(tmp_path, {"a/kustomization.yaml": "resources: [., p.yaml]\n", "a/p.yaml": pod("qb")})
    made = build_folder(str(tmp_path / "a"), Tree())
    (problem,) = made.problems
    assert "leads back" in problem.message
    assert [resource.name for resource in made.resources] == ["qb"]


def test_a_pipe_is_said_and_never_read(tmp_path: Path) -> None:
    kustomization = "resources: [p.yaml]\nconfigMapGenerator: [{name: qb, files: [pipe]}]\n"
    lay_out(tmp_path, {"kustomization.yaml": kustomization, "p.yaml": pod("qb")})
    os.mkfifo(tmp_path / "pipe")
    # Somebody holds it open, and never writes.
    descriptor = os.open(tmp_path / "pipe", os.O_RDWR)
    try:
        (message,) = said(tmp_path, ".")
    finally:
        os.close(descriptor)
    assert message == "pipe is a pipe or a device, not a file; it is not read"
