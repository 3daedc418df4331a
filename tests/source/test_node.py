"""Tests Node: reading by path, errors at its place, and changing all strings of a value."""

from __future__ import annotations

from vpnlint.source.document import Document, parse_documents
from vpnlint.source.edit import map_strings
from vpnlint.source.node import Node


def _root(text: str) -> Node:
    (document,) = parse_documents(text, "a.yaml")
    assert isinstance(document, Document)
    return document.root


def test_what_a_path_leads_to() -> None:
    root = _root("spec: {on: true, said: 'true', number: 80, empty: ~, items: [a, 2], fields: {a: b}}")
    spec = root.map["spec"]
    assert (
        root.text_at("spec", "said"),
        root.text_at("spec", "number"),
        root.text_at("spec", "no", "no"),
    ) == (
        "true",
        "",
        "",
    )
    scalars = {key: spec.scalar_at(key) for key in (*spec.map, "absent")}
    assert scalars == {
        "on": "true",
        "said": "true",
        "number": "80",
        "empty": "",
        "items": "",
        "fields": "",
        "absent": "",
    }
    assert [root.is_true("spec", key) for key in ("on", "said", "absent")] == [True, False, False]
    assert [node.value for node in spec.items("items")] == ["a", 2]
    assert spec.items("fields") == spec.items("absent") == []
    assert spec.fields("fields")["a"].text == "b"
    assert spec.fields("items") == spec.fields("absent") == {}
    assert spec.text_at("items", 0) == "a"


def test_an_error_is_at_its_value_or_at_its_key() -> None:
    node = _root("a:\n  key: value\n").map["a"].map["key"]
    assert str(node.error("is wrong")) == "a.yaml:2:8: is wrong"
    assert str(node.head.error("is wrong")) == "a.yaml:2:3: is wrong"


def test_strings_are_changed_wherever_they_stand() -> None:
    root = _root("a: [x, {b: x}, 1]\nx: y\n")
    changed = map_strings(root, lambda node: Node.make("z", node) if node.text == "x" else node)
    assert changed.to_plain() == {"a": ["z", {"b": "z"}, 1], "x": "y"}
    assert changed.map["a"].list[0].span == root.map["a"].list[0].span
    assert changed.map["x"] is root.map["x"]
    assert map_strings(root, lambda node: node) is root
