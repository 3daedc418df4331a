"""A ResourceSet makes what the Flux Operator would, or says why that cannot be told."""

from __future__ import annotations

import time
from textwrap import dedent, indent
from typing import Any

import pytest

from vpnlint.errors import InputError
from vpnlint.gitops.flux.resource_set import expand_resource_set, is_resource_set
from vpnlint.source.budget import Budget
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node

HEAD = """\
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: {name: apps, namespace: flux-system}
spec:
"""
CONFIG = """\
resources:
  - apiVersion: v1
    kind: ConfigMap
    metadata: {name: << inputs.name >>}
    data: {image: "<< inputs.image >>"}
"""
PROVIDER = """\
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSetInputProvider
metadata: {name: p, namespace: flux-system, labels: {app: qb}}
spec: {type: %s, defaultValues: {name: qb, image: i}}
"""


def root(text: str) -> Node:
    document = next(parse_documents(text, "rs.yaml"))
    assert isinstance(document, Document)
    return document.root


def expanded(spec: str, *providers: str) -> tuple[list[Node], list[InputError]]:
    node = root(HEAD + indent(dedent(spec), "  "))
    assert is_resource_set(node)
    return expand_resource_set(node, [root(text) for text in providers], Budget().allot_part())


def made(spec: str, *providers: str) -> list[dict[str, Any]]:
    nodes, unknown = expanded(spec, *providers)
    assert unknown == []
    return [node.to_plain() for node in nodes]


def data(spec: str, *providers: str) -> list[tuple[str, str]]:
    return [(item["metadata"]["name"], item["data"]["image"]) for item in made(spec, *providers)]


def test_each_resource_is_made_for_each_of_the_inputs() -> None:
    inputs = "inputs: [{name: a, image: x}, {name: b, image: y}, {name: a, image: z}]\n"
    assert data(inputs + CONFIG) == [("a", "x"), ("b", "y")]


@pytest.mark.parametrize("reference", ["{name: p}", "{selector: {matchLabels: {app: qb}}}"])
def test_a_static_provider_gives_inputs(reference: str) -> None:
    assert data(f"inputsFrom: [{reference}]\n{CONFIG}", PROVIDER % "Static") == [("qb", "i")]


@pytest.mark.parametrize(
    ("spec", "providers", "reason"),
    [
        ("inputsFrom: [{name: p}]\n", [PROVIDER % "GitHubPullRequest"], "of type GitHubPullRequest"),
        ("inputsFrom: [{name: other}]\n", [PROVIDER % "Static"], "not in the repository"),
        ("inputStrategy: {name: Permute}\ninputsFrom: [{name: p}]\n", [PROVIDER % "Static"], "Permute"),
        ("resourcesTemplate: '<< now >>'\n", [], "the result of now is unknown offline"),
    ],
)
def test_what_only_a_cluster_knows_is_said(spec: str, providers: list[str], reason: str) -> None:
    _, (error,) = expanded(spec + ("" if "Template" in spec else CONFIG), *providers)
    assert reason in error.message
    assert error.line >= 5


def test_functions_conditions_and_steps() -> None:
    spec = """\
        inputs: [{name: qb, on: true, list: [a, b], app: {image: i}}]
        steps:
          - name: first
            resources: [{kind: A, metadata: {name: '<< inputs.name | upper >>'}}]
          - name: second
            resourcesTemplate: |
              << range inputs.list >>
              ---
              kind: B
              metadata: {name: << . >>}
              << end >>
        resources:
          - {kind: C, metadata: {name: '<< get inputs.app "image" >>'}}
          - kind: D
            metadata:
              name: d
              annotations: {fluxcd.controlplane.io/reconcile: '<< if inputs.on >>disabled<< end >>'}
        """
    assert [(item["kind"], item["metadata"]["name"]) for item in made(spec)] == [
        ("A", "QB"),
        ("B", "a"),
        ("B", "b"),
        ("C", "i"),
    ]


def test_a_value_takes_the_type_that_its_text_reads_as() -> None:
    spec = """\
        inputs: [{port: 8080, map: {a: 1}}]
        resources:
          - {kind: A, a: << inputs.port >>, b: << inputs.port | quote >>, c: << toJson inputs.map >>}
          - kind: B
            text: |
              << inputs.port >>
        """
    first, second = made(spec)
    assert first == {"kind": "A", "a": 8080, "b": "8080", "c": {"a": 1}}
    assert second["text"] == "8080\n"


def test_a_text_that_cannot_be_told_counts_as_not_known() -> None:
    (first,) = made("inputs: [{}]\nresources: [{kind: A, a: << inputs.none >>, b: << randAlpha 3 >>}]\n")
    assert first == {"kind": "A", "a": "${<< inputs.none >>}", "b": "${<< randAlpha 3 >>}"}


def test_what_is_no_yaml_any_more_is_said_at_its_place() -> None:
    nodes, (error,) = expanded("inputs: [{x: '[a'}]\nresources: [{kind: A, a: << inputs.x >>}]\n")
    assert nodes == []
    assert (error.line, error.column) == (6, 28)


@pytest.mark.parametrize(
    "spec",
    [
        "inputs: ["
        + ",".join(f"{{n: {i}}}" for i in range(20_000))
        + "]\nresources: [{kind: A, metadata: {name: << inputs.n >>}}]\n",
        "resourcesTemplate: '<< range until 9999 >><< range until 9999 >>x<< end >><< end >>'\n",
        "resourcesTemplate: '<< $x := repeat 1000000 \"a\" >><< range until 9999 >><< $x >><< end >>'\n",
    ],
    ids=["inputs", "loops", "text"],
)
def test_a_set_that_makes_too_much_is_one_line(spec: str) -> None:
    start = time.process_time()
    _, (error,) = expanded(spec)
    assert "produces more" in error.message
    assert time.process_time() - start < 5
