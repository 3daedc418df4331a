"""Tests the list of kinds that run Pods, and that the CEL views, which cannot import it, agree with it."""

from __future__ import annotations

import pytest

from tests.shipped import RULESET
from vpnlint.admission.view_evaluator import Offline
from vpnlint.admission.views import read_views
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.pod_kinds import BUILT_IN, POD_KINDS, find_pod_template

CLIENT = "{containers: [{name: main, image: linuxserver/qbittorrent:5.1.2}]}"


def _object(kind: str) -> Document:
    path = POD_KINDS[kind].template
    spec = "".join(f"{step}: {{" for step in path) + f"spec: {CLIENT}" + "}" * len(path)
    text = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: torrents}}\n{spec}\n"
    (document,) = parse_documents(text, "a.yaml")
    assert isinstance(document, Document), document
    return document


@pytest.mark.parametrize("kind", POD_KINDS)
def test_the_pod_view_finds_the_template_where_the_list_says(kind: str) -> None:
    root = _object(kind).root
    template = find_pod_template(root)
    assert template is not None
    assert template.text_at("spec", "containers", 0, "name") == "main"
    view = Offline(read_views(RULESET.catalog)[0], RULESET.catalog)
    assert [pod["clients"][0]["name"] for pod in view.find_pods(root.to_plain())] == ["main"]


def test_policies_match_every_kind_of_kubernetes_own() -> None:
    matched = {
        (kind, group, resource)
        for group, _, resources, kinds in read_views(RULESET.catalog)[0].resources
        for kind in kinds
        for resource in resources
        if resource == BUILT_IN[kind].resource
    }
    assert matched == {(kind.kind, kind.group, kind.resource) for kind in BUILT_IN.values()}


def test_an_object_without_a_template_has_none() -> None:
    (document,) = parse_documents(
        "kind: Rollout\nspec: {workloadRef: {kind: Deployment, name: a}}\n", "a.yaml"
    )
    assert isinstance(document, Document)
    assert find_pod_template(document.root) is None
    assert find_pod_template(document.root.map["spec"]) is None
