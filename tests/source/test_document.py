"""Tests the reading of YAML: values as in Kustomize and Helm, and positions counted by hand."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from vpnlint.errors import InputError
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node
from vpnlint.source.scalars import resolve_helm_scalar

FILE = "file.yaml"
Place = tuple[int, int, int, int]


def documents(text: str) -> list[Document]:
    found = list(parse_documents(text, FILE))
    assert all(isinstance(item, Document) for item in found), found
    return [item for item in found if isinstance(item, Document)]


def root(text: str) -> Node:
    (document,) = documents(text)
    assert document.problems == ()
    return document.root


def at(node: Node, *path: str | int) -> Node:
    found = node.get(*path)
    assert found is not None
    return found


def problem(text: str) -> tuple[int, int, str]:
    """Return the only problem of a document, whether or not it could be read."""
    (item,) = parse_documents(text, FILE)
    (error,) = [item] if isinstance(item, InputError) else item.problems
    assert error.file == FILE
    return error.line, error.column, error.message


@pytest.mark.parametrize(
    ("text", "path", "place"),
    [
        ("a: b\n", ("a",), (1, 4, 1, 5)),
        ("a:\n  - bb\n  - ccc\n", ("a", 1), (3, 5, 3, 8)),
        ("a:\n  - bb\n  - ccc\n\n# remark\nz: 1\n", ("a",), (2, 3, 3, 8)),
        ("a: 'b c'\n", ("a",), (1, 4, 1, 9)),
        ("{a: [b, {c: d}]}\n", ("a", 1), (1, 9, 1, 15)),
        ("é: ü\n", ("é",), (1, 4, 1, 5)),
        ("🚀: 🏴‍☠️ x\n", ("🚀",), (1, 4, 1, 10)),
        ("a:\n\n  b:\n    # remark\n    c: d # remark\n\n", ("a", "b"), (5, 5, 5, 9)),
        ("a: |\n  one\n  two\n\n\nb: c\n", ("a",), (1, 4, 3, 6)),
        ("a: |\n  one\n  two\n\n\nb: c\n", ("b",), (6, 4, 6, 5)),
        ("a: >-\n  one", ("a",), (1, 4, 2, 6)),
        ("a: one\n  two\n", ("a",), (1, 4, 2, 6)),
        ("a:\nb: c\n", ("a",), (1, 3, 1, 3)),
        ("a: &x\n  b: c\n", ("a",), (1, 4, 2, 7)),
        ("a: !!str 12\n", ("a",), (1, 4, 1, 12)),
        ("a:\r\n  b: c\r\n  d: |\r\n    e\r\nf: g\r\n", ("a",), (2, 3, 4, 6)),
        ("a:\r\n  b: c\r\n  d: |\r\n    e\r\nf: g\r\n", ("f",), (5, 4, 5, 5)),
        ("# remark\n---\na: b\n", ("a",), (3, 4, 3, 5)),
        ("%YAML 1.2\n# remark\n---\na: b\n", ("a",), (4, 4, 4, 5)),
    ],
)
def test_a_value_stands_where_it_was_counted(text: str, path: tuple[str | int, ...], place: Place) -> None:
    assert at(root(text), *path).span == (FILE, *place)


def test_the_key_of_a_value_is_its_head() -> None:
    node = root("spec:\n  'long key':\n    - a: 1\n")
    assert at(node, "spec", "long key").head == (FILE, 2, 3, 2, 13)
    assert at(node, "spec", "long key", 0).head == (FILE, 3, 7, 3, 11)
    assert at(node, "spec", "long key", 0, "a").head == (FILE, 3, 7, 3, 8)
    assert at(node, "spec").get_key("long key").span == (FILE, 2, 3, 2, 13)
    assert at(node, "spec", "long key", 0, "a").path == ("spec", "long key", 0, "a")


ALIASES = """\
a: &a {x: 1, y: [2]} # *no
b: # remark *no
  *a
c:
  - &c c
  # remark *no
  - *c
  -  *a
d: [*c,*c , x, *a]
e: *a
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("b",), (3, 3, 3, 5)),
        (("c", 1), (7, 5, 7, 7)),
        (("c", 2), (8, 6, 8, 8)),
        (("c",), (5, 3, 8, 8)),
        (("d", 0), (9, 5, 9, 7)),
        (("d", 1), (9, 8, 9, 10)),
        (("d", 2), (9, 13, 9, 14)),
        (("d", 3), (9, 16, 9, 18)),
        (("e",), (10, 4, 10, 6)),
        ((), (1, 1, 10, 6)),
        (("b", "x"), (1, 11, 1, 12)),
        (("d", 3, "y", 0), (1, 18, 1, 19)),
    ],
)
def test_an_alias_stands_where_it_is_used_and_what_it_holds_where_it_is_written(
    path: tuple[str | int, ...], place: Place
) -> None:
    node = root(ALIASES)
    assert at(node, *path).span == (FILE, *place)
    assert at(node, *path).path == path
    assert node.to_plain()["d"] == ["c", "c", "x", {"x": 1, "y": [2]}]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("b: {x: 9, <<: {x: 1, y: 2}}", {"x": 9, "y": 2}),
        ("b: {<<: {x: 1, z: 2}, x: 9}", {"x": 9, "z": 2}),
        ("b: {<<: [{x: 1}, {x: 3, z: 4}]}", {"x": 1, "z": 4}),
        ("b: {<<: {<<: {x: 1, z: 3}, z: 4}}", {"x": 1, "z": 4}),
        ("b: {'<<': {x: 1}}", {"<<": {"x": 1}}),
        ("b: {!!merge <<: {x: 1}, y: 2}", {"x": 1, "y": 2}),
        ("b: {!!merge '<<': {x: 1}}", {"x": 1}),
        ("b: {!!str <<: {x: 1}}", {"<<": {"x": 1}}),
    ],
)
def test_merge_keys_as_kustomize_reads_them(text: str, value: object) -> None:
    assert at(root(text), "b").to_plain() == value


def test_what_is_merged_keeps_its_place_and_gets_the_path_of_its_use() -> None:
    node = root("a: &a\n  x: 1\nb:\n  <<: *a\n  y: 2\n")
    merged = at(node, "b", "x")
    assert merged.span == (FILE, 2, 6, 2, 7)
    assert merged.head == (FILE, 2, 3, 2, 4)
    assert merged.path == ("b", "x")


def test_an_anchor_defined_twice_counts_from_there_on() -> None:
    node = root("a: &a 1\nb: *a\nc: &a {d: 2}\ne: *a\nf:\n  - *a\n")
    assert node.to_plain() == {"a": 1, "b": 1, "c": {"d": 2}, "e": {"d": 2}, "f": [{"d": 2}]}
    assert at(node, "e").span == (FILE, 4, 4, 4, 6)
    assert at(node, "e", "d").span == (FILE, 3, 11, 3, 12)


STREAM = """\
# a stream
a: 1
---
---
# nothing
--- # remark
b: 2
...
# the next has directives
%YAML 1.2
%TAG ! tag:example.invalid,2000:
---
c: !x 3
--- |
 d ---
 %no
...
e: 4
"""


def test_a_stream_is_read_document_by_document_with_the_lines_of_the_file() -> None:
    found = [(document.root.to_plain(), document.root.span.line) for document in documents(STREAM)]
    assert found == [({"a": 1}, 2), ({"b": 2}, 7), ({"c": "3"}, 13), ("d ---\n%no\n", 14), ({"e": 4}, 18)]
    crlf = [
        (document.root.to_plain(), document.root.span.line)
        for document in documents(STREAM.replace("\n", "\r\n"))
    ]
    assert crlf == found


def test_only_documents_with_one_of_the_words_are_read() -> None:
    text = "a: [\n---\nb: word\n---\nc: 3\n"
    (document,) = parse_documents(text, FILE, re.compile("word").search)
    assert isinstance(document, Document)
    assert document.root.to_plain() == {"b": "word"}
    assert document.root.span.line == 3


def test_a_document_that_cannot_be_read_does_not_take_the_others_along() -> None:
    first, second, third = parse_documents("a: 1\n---\nb: 'x\n---\nc: 3\n", FILE)
    assert isinstance(first, Document)
    assert isinstance(second, InputError)
    assert (second.line, second.message) == (4, "not valid YAML: found unexpected end of stream")
    assert isinstance(third, Document)
    assert third.root.span.line == 5


@pytest.mark.parametrize(
    ("text", "by_kustomize", "by_helm"),
    [
        ("off", "off", False),
        ("'off'", "off", "off"),
        ("on", "on", True),
        ("010", 8, 8),
        ("1.5", 1.5, 1.5),
        ("~", None, None),
        ("''", "", ""),
        ("|-\n  12", "12", "12"),
        ("!!str 123", "123", "123"),
        ('!!int "3"', 3, 3),
        ('!!bool "true"', True, True),
        ("!!float 3", 3, 3),
        ("!!null ''", None, None),
        ("!!binary aGVsbG8=", "hello", "hello"),
        ("!foo 123", "123", "123"),
        ("!foo [1]", [1], [1]),
    ],
)
def test_scalars_as_kustomize_and_as_helm_read_them(text: str, by_kustomize: object, by_helm: object) -> None:
    value = at(root(f"a: {text}\n"), "a").to_plain()
    assert value == by_kustomize
    assert type(value) is type(by_kustomize)
    (document,) = parse_documents(f"a: {text}\n", FILE, resolve=resolve_helm_scalar)
    assert isinstance(document, Document)
    value = at(document.root, "a").to_plain()
    assert value == by_helm
    assert type(value) is type(by_helm)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "1: a\n0x10: b\n1.50: c\ntrue: d\n'2': e\n",
            {"1": "a", "16": "b", "1.5": "c", "true": "d", "2": "e"},
        ),
        ("on: a\ny: b\n", {"on": "a", "y": "b"}),
        ("? a\n: 1\n", {"a": 1}),
        ("\"a b\": 1\n'c: d': 2\n", {"a b": 1, "c: d": 2}),
    ],
)
def test_keys_are_text(text: str, value: dict[str, Any]) -> None:
    assert root(text).to_plain() == value


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "value"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, 1, "the key 'a' is given twice; Flux refuses it", {"a": 3, "b": 2}),
        ("a:\n  ~: 1\n  b: 2\n", 2, 3, "the key is null, so it is left out; Flux refuses it", {"a": {"b": 2}}),
        ("a:\n  {b: 1}: 1\n", 2, 3, "the key is not a scalar, so it is left out; Flux refuses it", {"a": {}}),
        ("a:\n  <<: 1\n", 2, 7, "a merge key takes a mapping or a list of mappings; Flux refuses it", {"a": {}}),
        ("a: [1, !!int abc]\n", 1, 8, "'abc' is not of type !!int; Flux refuses it", {"a": [1, "abc"]}),
        ("a: [.inf]\n", 1, 5, ".inf cannot be written as JSON; Flux refuses it", {"a": [math.inf]}),
        ("a: !!float .NaN\n", 1, 4, "'.NaN' is not of type !!float; Flux refuses it", {"a": ".NaN"}),
        ("a: !!binary $\n", 1, 4, "this is not base64, which !!binary requires; Flux refuses it", {"a": "$"}),
    ],
)  # fmt: skip
def test_what_flux_refuses_is_a_problem_but_is_read(
    text: str, line: int, column: int, message: str, value: object
) -> None:
    assert problem(text) == (line, column, message)
    assert documents(text)[0].root.to_plain() == value


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\nb:\n\tc: 1\n", 3, 1, "not valid YAML: found character that cannot start any token"),
        ("x: 1\n---\na: [1\nb: 2\n", 4, 2, "not valid YAML: did not find expected ',' or ']'"),
        ("a: *b\n", 1, 4, "not valid YAML: found undefined alias"),
        ("a: 1\né: \x07\n", 2, 4, "not valid YAML: the character U+0007 is not allowed"),
        ("a: &a [*a]\n", 1, 4, "an alias in this value contains the value itself"),
        ("a: &a\n  b: {<<: *a}\n", 1, 4, "an alias in this value contains the value itself"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text: str, line: int, column: int, message: str) -> None:
    errors = [item for item in parse_documents(text, FILE) if isinstance(item, InputError)]
    assert [(error.line, error.column, error.message) for error in errors] == [(line, column, message)]
