"""Compares the reading of YAML with PyYAML's own composer and constructor over files of the corpus.

A test run takes every third file; `make properties` takes all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import yaml
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from tests.checkout import CORPUS, EVERYTHING, needs_corpus
from vpnlint.errors import InputError
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node, Span

pytestmark = needs_corpus
# Between PyYAML's end of a node and the real end there may only be comments.
REMARKS = re.compile(r"(\s|#[^\n]*)*(- *|\? *)?")


class Strings(yaml.CSafeLoader):
    """PyYAML's loader, except that every plain scalar but the merge key is a string."""

    yaml_implicit_resolvers = {"<": [("tag:yaml.org,2002:merge", re.compile("<<"))]}  # noqa: RUF012  (as in PyYAML)


def texts() -> Iterator[tuple[str, str]]:
    """Yield the files that PyYAML can read, with their text."""
    for path in sorted((CORPUS / "repos").rglob("*.y*ml"))[:: 1 if EVERYTHING else 3]:
        try:
            text = path.read_text()
            list(yaml.load_all(text, Strings))
        except (yaml.YAMLError, UnicodeDecodeError):
            continue
        yield str(path.relative_to(CORPUS / "repos")), text


@pytest.fixture(scope="module")
def files() -> list[tuple[str, str]]:
    found = list(texts())
    assert len(found) > (2900 if EVERYTHING else 950)
    return found


def read(text: str) -> list[Document]:
    found = [*parse_documents(text, "file", resolve=lambda scalar: scalar)]
    return [item for item in found if not isinstance(item, InputError)]


def test_values_are_pyyamls(files: list[tuple[str, str]]) -> None:
    for name, text in files:
        expected = [value for value in yaml.load_all(text, Strings) if value not in (None, "")]
        assert [document.root.to_plain() for document in read(text)] == expected, name


def test_positions_are_pyyamls(files: list[tuple[str, str]]) -> None:
    compared = 0
    for name, text in files:
        lines = text.split("\n")
        sources = [source for source in yaml.compose_all(text, Strings) if source.value != ""]
        for document, source in zip(read(text), sources, strict=True):
            for node, written, aliased in pairs(document.root, source, set()):
                compared += 1
                start, end = written.start_mark, written.end_mark
                if aliased:
                    anchor = re.match(r"&(\S+)", lines[start.line][start.column :])
                    assert anchor is not None
                    assert slice_of(lines, node.span) == f"*{anchor[1]}", (name, node.path)
                    continue
                assert node.span[1:3] == (start.line + 1, start.column + 1), (name, node.path)
                if (end.line + 1, end.column + 1) != node.span[3:]:
                    assert not isinstance(written, ScalarNode) or written.style in ("|", ">"), (
                        name,
                        node.path,
                    )
                    between = slice_of(lines, Span("", *node.span[3:], end.line + 1, end.column + 1))
                    assert REMARKS.fullmatch(between), (name, node.path, between)
                    assert not lines[node.span.end_line - 1][: node.span.end_column - 1].endswith(" "), name
    assert compared > (100_000 if EVERYTHING else 30_000)


def test_a_file_with_carriage_returns_reads_the_same(files: list[tuple[str, str]]) -> None:
    for name, text in files[::5]:
        for unix, windows in zip(read(text), read(text.replace("\n", "\r\n")), strict=True):
            assert places(unix.root) == places(windows.root), name
            assert unix.root.to_plain() == windows.root.to_plain(), name


def slice_of(lines: list[str], span: Span) -> str:
    """Return the text at a place of one line."""
    rows = lines[span.line - 1 : span.end_line]
    rows[-1] = rows[-1][: span.end_column - 1]
    rows[0] = rows[0][span.column - 1 :]
    return "\n".join(rows)


def pairs(node: Node, source: yaml.Node, seen: set[int]) -> Iterator[tuple[Node, yaml.Node, bool]]:
    """Yield each Node with its source, and whether it is an alias, whose source came before."""
    aliased = id(source) in seen
    yield node, source, aliased
    if aliased:
        return
    seen.add(id(source))
    if isinstance(source, SequenceNode):
        for child, item in zip(node.list, source.value, strict=True):
            yield from pairs(child, item, seen)
    elif isinstance(source, MappingNode) and all(key.value != "<<" for key, _ in source.value):
        for key, value in source.value:
            yield from pairs(node.map[key.value], value, seen)


def places(node: Node) -> list[tuple[int, int, int, int]]:
    found = [node.place, *(place for child in node.map.values() for place in places(child))]
    return [*found, *(place for child in node.list for place in places(child))]
