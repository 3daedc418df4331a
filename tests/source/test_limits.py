"""Tests the limits of a file: exceeding one is one error at its place, and everything before it is read."""

from __future__ import annotations

import time

import pytest

from vpnlint.errors import InputError
from vpnlint.source.document import MAX_DOCUMENTS, MAX_VALUES, Document, parse_documents, skim_documents

_SECONDS = 5


def _read(text: str) -> list[Document | InputError]:
    begin = time.process_time()
    found = list(parse_documents(text, "a.yaml"))
    for document in found:
        if isinstance(document, Document):
            document.root.to_plain()
            assert document.root.span
    assert time.process_time() - begin < _SECONDS
    return found


@pytest.mark.parametrize(
    "text",
    [
        f"a: &a 1\ny: &b foo {'#' * 60_000}\nz: 1\n*b : *a\n",
        f"a: &a 1\ny: &b foo {'# - ' * 20_000}\nz: 1\n*b : *a\n",
        f"a: &a 1\ny: &b foo {'#' * 500_000}\nl:\n{'- {*b : *a}' + chr(10)}{'- *b : *a' + chr(10)}",
        "a: &a 1\ny: &b foo " + "#" * 500_000 + "\nl:\n" + "- {*b : *a}\n" * 5_000,
    ],
)
def test_an_alias_that_is_a_key_is_read_in_linear_time(text: str) -> None:
    (document,) = _read(text)
    assert isinstance(document, Document)
    assert document.root.map["foo" if "l:" not in text else "l"]


@pytest.mark.parametrize("line", ["---\n", "...\n", "---\na: 1\n"])
def test_more_documents_than_a_file_can_hold_are_one_error(line: str) -> None:
    found = _read("first: 1\n" + line * 100_000)
    assert isinstance(found[0], Document)
    assert isinstance(found[-1], InputError)
    assert found[-1].message == f"more than {MAX_DOCUMENTS:,} documents: the rest is not read"


def test_more_values_than_a_file_can_hold_are_one_error() -> None:
    items = 90_000
    found = _read(f"a: [{'a,' * items}]\n---\n" * 40)
    assert sum(isinstance(document, Document) for document in found) == MAX_VALUES // items
    assert [str(error) for error in found if isinstance(error, InputError)] == [
        "a.yaml:5:1: more than 250,000 values: the rest is not read"
    ]


def test_a_long_number_is_a_string() -> None:
    (document,) = _read(f"a: {'9' * 5_000}\nb: 0x{'f' * 5_000}\nc: 1{'_0' * 5_000}\n")
    assert isinstance(document, Document)
    assert all(isinstance(node.value, str) for node in document.root.map.values())


@pytest.mark.parametrize(
    "text",
    [
        "a: &a\n  <<: *a\n  x: 1\n",
        "a: &a\n  <<: [*a]\n  x: 1\n",
        "a0: &a0 {k: v}\n"
        + "".join(f"a{i + 1}: &a{i + 1}\n  <<: [{', '.join([f'*a{i}'] * 10)}]\n" for i in range(30)),
    ],
)
def test_a_document_is_refused_before_anything_follows_its_aliases(text: str) -> None:
    begin = time.process_time()
    (document,) = skim_documents(text, "a.yaml", lambda _: True)
    assert isinstance(document.root, InputError)
    assert "alias" in document.root.message
    assert time.process_time() - begin < 1
