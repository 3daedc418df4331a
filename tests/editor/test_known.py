"""What a warm repository remembers between two runs: the same for the same, and nothing else for long."""

from __future__ import annotations

from typing import Any

from vpnlint.editor.known_objects import KnownObjects
from vpnlint.editor.known_pods import KnownPods
from vpnlint.gitops.flux.substitute import Variables
from vpnlint.ruleset.compiled_view import CompiledView
from vpnlint.source.budget import Budget
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node


def parse(text: str) -> Node:
    (document,) = parse_documents(text, "a.yaml")
    assert isinstance(document, Document)
    return document.root


def test_variables_are_replaced_once_in_an_object_and_anew_with_others() -> None:
    known, root = KnownObjects(), parse("kind: ConfigMap\nmetadata: {name: '${NAME}'}\n")
    values = {name: parse(f"k: {name}").map["k"] for name in ("one", "two")}
    first = known.substitute(root, Variables({"NAME": values["one"]}), None)
    assert first.text_at("metadata", "name") == "one"
    assert known.substitute(root, Variables({"NAME": values["one"]}), None) is first
    other = known.substitute(root, Variables({"NAME": values["two"]}), None)
    assert other.text_at("metadata", "name") == "two"
    assert (
        known.substitute(root, Variables({}, elsewhere=True), None).text_at("metadata", "name") == "${NAME}"
    )
    known.end()
    known.substitute(root, Variables({"NAME": values["two"]}), None)
    known.end()
    assert known.substitute(root, Variables({"NAME": values["two"]}), None) is other
    assert known.substitute(root, Variables({"NAME": values["one"]}), None) is not first


def test_a_resource_set_is_expanded_once() -> None:
    known = KnownObjects()
    node = parse(
        "apiVersion: fluxcd.controlplane.io/v1\nkind: ResourceSet\nmetadata: {name: set}\n"
        "spec:\n  inputs: [{app: one}]\n  resources:\n"
        "    - {apiVersion: v1, kind: ConfigMap, metadata: {name: '<< inputs.app >>'}}\n"
    )
    (first,), unknown = known.expand_set(node, [], Budget().allot_part())
    assert (first.text_at("metadata", "name"), unknown) == ("one", [])
    (again,), _ = known.expand_set(node, [], Budget().allot_part())
    assert again is first


class CountingView(CompiledView):
    def __init__(self) -> None:
        self.asked = 0

    def find_pods(self, data: Any) -> list[Any]:  # noqa: ANN401  (plain data)
        self.asked += 1
        return [data["around"]]


def test_a_view_is_asked_again_where_the_workload_or_what_is_around_it_changed() -> None:
    known, view = KnownPods(), CountingView()
    pod = {"kind": "Pod", "metadata": {"name": "a"}}
    for around, asked in (("x", 1), ("x", 1), ("y", 2), ("y", 2), ("x", 3)):
        assert known(view, {"object": pod, "around": around}) == [around]
        assert view.asked == asked
        known.end()
    known.end()
    assert known(view, {"object": pod, "around": "x"}) == ["x"]
    assert view.asked == 4
    assert known(CountingView(), {"object": pod, "around": "x"}) == ["x"]
