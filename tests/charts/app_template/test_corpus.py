"""Compares vpnlint's Pods with those that real Helm rendered, for each HelmRelease of the corpus.

The corpus is at ../shared/corpus. Real Helm 3 got `spec.values` straight from the file, without Kustomize (so
a plain `off` is false), with the chart version in `rendered_with` and `${VAR}` as text; none of the files has
`valuesFrom`. The test compares the whole Pod template, with every field of the Pod and its containers, and
the controller's replicas, strategy and selector.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import CORPUS, needs_corpus
from vpnlint.charts.app_template.render import render_app_template
from vpnlint.charts.release import Release
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import POD_KINDS
from vpnlint.source.scalars import resolve_helm_scalar

AGREE = 116
# repository and path → why vpnlint's Pods differ from Helm's
DIFFER: dict[str, str] = {}

pytestmark = needs_corpus


def documents(path: Path) -> Iterator[Node]:
    for document in parse_documents(path.read_text(encoding="utf-8"), str(path), resolve=resolve_helm_scalar):
        assert isinstance(document, Document), document
        yield document.root


def rows() -> list[dict[str, str]]:
    return [json.loads(line) for line in (CORPUS / "rendered.jsonl").read_text().splitlines()]


def released(row: dict[str, str], name: str) -> Release:
    path = CORPUS / "repos" / row["repo"].replace("/", "__") / row["path"]
    for source in documents(path):
        kind, own = source.get("kind"), source.get("metadata", "name")
        if (
            kind is not None
            and kind.value == "HelmRelease"
            and own is not None
            and own.text == row["helmrelease"]
        ):
            values = source.get("spec", "values")
            assert values is not None
            return Release(name, "default", "app-template", row["rendered_with"], values, source)
    raise AssertionError(f"{path} has no HelmRelease {row['helmrelease']}")


def comparable(controller: dict[str, Any]) -> str:
    """Return the compared part of a controller as text in which 1, 1.0, true and "1" differ."""
    spec = controller["spec"]
    template = (spec["jobTemplate"]["spec"] if controller["kind"] == "CronJob" else spec)["template"]
    annotations = template["metadata"].get("annotations", {})
    # A hash of the YAML that Helm would render; vpnlint only adds a stand-in.
    annotations.update(dict.fromkeys((key for key in annotations if key.startswith("checksum/")), "a hash"))
    kept = {key: spec[key] for key in ("replicas", "strategy", "updateStrategy", "selector") if spec.get(key)}
    return json.dumps(
        [controller["kind"], controller["metadata"]["name"], template, kept], sort_keys=True, indent=1
    )


@pytest.fixture(scope="module")
def releases() -> list[tuple[dict[str, str], Release, list[str]]]:
    result = []
    for row in rows():
        wanted = [node.to_plain() for node in documents(CORPUS / row["rendered"])]
        # Helm does not accept the name `${APP}` of some files, so it got another one for the corpus.
        name = row["helmrelease"]
        if "${" in name:
            name = wanted[0]["metadata"]["labels"]["app.kubernetes.io/instance"]
        result.append((row, released(row, name), sorted(map(comparable, wanted))))
    return result


def test_pods_equal_those_of_real_helm(releases: list[tuple[dict[str, str], Release, list[str]]]) -> None:
    agree, differ = 0, {}
    for row, release, wanted in releases:
        derived = sorted(
            comparable(node.to_plain())
            for node in render_app_template(release)
            if node.text_at("kind") in POD_KINDS
        )
        if derived == wanted:
            agree += 1
        else:
            differ[f"{row['repo']} {row['path']}"] = f"derived {derived}, but Helm made {wanted}"
    print(f"{agree} of {len(releases)} releases have the Pods that real Helm made")
    assert {name: text for name, text in differ.items() if name not in DIFFER} == {}
    assert agree == AGREE
    assert agree + len(DIFFER) == len(releases)


def test_every_derived_value_has_a_place_in_the_release(
    releases: list[tuple[dict[str, str], Release, list[str]]],
) -> None:
    def walk(node: Node) -> Iterator[Node]:
        yield node
        for child in [*node.map.values(), *node.list]:
            yield from walk(child)

    for _, release, _ in releases:
        lines = release.source.span
        for controller in (
            node for node in render_app_template(release) if node.text_at("kind") in POD_KINDS
        ):
            for node in walk(controller):
                assert node.file == lines.file
                assert lines.line <= node.span.line <= node.span.end_line <= lines.end_line
