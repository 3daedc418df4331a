"""What vpnlint.gitops.flux.substitute adds to Flux: what may come from elsewhere stays as written, and every
field keeps its place."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

import pytest

from vpnlint.errors import InputError
from vpnlint.gitops.flux.substitute import Variables, substitute_variables
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node

VALUES = {"TAG": "v3", "EMPTY": "", "ON": "true"}


def read(text: str, file: str = "app.yaml") -> Node:
    document = next(parse_documents(dedent(text), file))
    assert isinstance(document, Document)
    return document.root


def variables(values: dict[str, Any]) -> dict[str, Node]:
    return {name: Node(value, "ks.yaml", (7, 9, 7, 12)) for name, value in values.items()}


def field(text: str, *, elsewhere: bool, values: dict[str, Any] = VALUES) -> object:
    root = substitute_variables(
        Node.make({"v": Node.make(text, read("x"))}, read("x")), Variables(variables(values), elsewhere)
    )
    return root.to_plain()["v"]


@pytest.mark.parametrize(
    "text",
    [
        "${SECRET}",
        "a-${SECRET}",
        "${SECRET:=default}",
        "${SECRET:-x: y}",
        "${#SECRET}",
        "${SECRET/a\\/b/c}",
        "${SECRET:=${TAG}}",
        "${TAG/${SECRET}/x}",
        "'${SECRET}'",
        "line\n${SECRET}\n",
    ],
)
def test_what_may_be_elsewhere_stays_as_written(text: str) -> None:
    assert field(text, elsewhere=True) == text


def test_what_is_known_beside_it_is_replaced() -> None:
    assert field("${TAG} ${SECRET} $${TAG}", elsewhere=True) == "v3 ${SECRET} ${TAG}"
    assert field("${EMPTY:=${SECRET}}", elsewhere=True) == "${SECRET}"
    assert field("${TAG:=${SECRET}}", elsewhere=True) == "v3"
    assert field("${ON}", elsewhere=True) is True
    assert field("${SECRET}", elsewhere=True, values={}) == "${SECRET}"
    assert field("$${TAG}", elsewhere=True, values={}) == "${TAG}"


def test_what_is_nowhere_is_empty() -> None:
    assert field("${SECRET}", elsewhere=False) is None
    assert field("x${SECRET:=y}", elsewhere=False) == "xy"


def test_a_substituted_field_stands_where_it_is_written() -> None:
    root = read("""\
        kind: HelmRelease
        spec:
          "${TAG}": {x: 1}
          values:
            - "${MAP}"
            - name: ${TAG}
        """)
    values = {**VALUES, "MAP": "{a: {b: c}}"}
    spec = substitute_variables(root, Variables(variables(values))).get("spec")
    assert spec is not None
    assert spec.to_plain() == {"v3": {"x": 1}, "values": [{"a": {"b": "c"}}, {"name": "v3"}]}
    found = [spec.get("values", 0), spec.get("values", 0, "a", "b"), spec.get("values", 1, "name")]
    assert [node and node.span[:3] for node in found] == [
        ("app.yaml", 5, 7),
        ("app.yaml", 5, 7),
        ("app.yaml", 6, 13),
    ]
    name = found[-1]
    assert name is not None
    assert name.head[:3] == ("app.yaml", 6, 7)
    assert name.path == ("spec", "values", 1, "name")
    assert spec.get_key("v3").span[:3] == ("app.yaml", 3, 3)


def test_an_object_without_a_variable_is_the_same_node() -> None:
    root = read("kind: A\nspec: {a: [1, b], c: $}\n")
    assert substitute_variables(root, Variables(variables(VALUES))) is root


@pytest.mark.parametrize(
    ("text", "values", "place", "message"),
    [
        (
            "a:\n  b: x${my-var}\n",
            VALUES,
            ("app.yaml", 2, 6),
            "Flux refuses ${my-var}: it knows no such substitution",
        ),
        ("a:\n  b: ${TAG\n", VALUES, ("app.yaml", 2, 6), "Flux refuses ${TAG: it knows no such substitution"),
        (
            "a:\n  ${a.b}: x\n",
            VALUES,
            ("app.yaml", 2, 3),
            "Flux refuses ${a.b}: it knows no such substitution",
        ),
        (
            "a:\n  b: ${TAG}\n",
            {"TAG": "x: y"},
            ("app.yaml", 2, 6),
            "Flux cannot read this as YAML once its variables are replaced",
        ),
        (
            "a: b\n",
            {"my-var": "x"},
            ("ks.yaml", 7, 9),
            "Flux refuses the variable 'my-var': names may only contain letters, digits and _",
        ),
        ("a: b\n", {"PUID": 1000}, ("ks.yaml", 7, 9), "the variable 'PUID' must be a string"),
        ("a: '" + "${A:=" * 60 + "'\n", VALUES, ("app.yaml", 1, 4), "${…} nested deeper than 50 levels"),
    ],
)
def test_what_flux_refuses_is_said_where_it_stands(
    text: str, values: dict[str, Any], place: tuple[str, int, int], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        substitute_variables(read(text), Variables(variables(values)))
    error = caught.value
    assert (error.file, error.line, error.column) == place
    assert error.message == message


def test_long_texts_and_patterns_of_many_stars_take_no_time() -> None:
    text = "${A%" + "*a" * 300 + "} " + "$" * 200_000 + "${A:=" + "x" * 200_000 + "}"
    assert (
        field(text, elsewhere=False, values={"A": "a" * 290}) == "a" * 290 + " " + "$" * 100_000 + "a" * 290
    )
