"""The YAML that vpnlint writes, read back by PyYAML (YAML 1.1) and ruamel.yaml (YAML 1.2)."""

from __future__ import annotations

import random
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML
from yaml.emitter import Emitter

from vpnlint.admission import yaml_text
from vpnlint.admission.yaml_text import dump_document, dump_documents
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.scalars import resolve_helm_scalar, resolve_kustomize_scalar

AMBIGUOUS = [
    "1e3",
    "0o7",
    "07",
    "0x1F",
    "0b11",
    "1_000",
    "1:20",
    "190:20:30",
    ".5",
    "5.",
    "+1",
    "-1",
    "1e999",
    "1E3",
    "-.5e-3",
    "12345678901234567890123",
    "off",
    "On",
    "yes",
    "NO",
    "y",
    "n",
    "Y",
    "N",
    "true",
    "True",
    "FALSE",
    "null",
    "~",
    "Null",
    ".nan",
    ".NaN",
    ".inf",
    "-.Inf",
    "+.INF",
    "=",
    "<<",
    "2027-01-01",
    "2001-12-14t21:59:43.10-05:00",
]
HOSTILE = [
    "::error::x",
    "  ::error::x",
    "a\n   ::error file=x::y\nb\n",
    "word " * 30 + "::error::x",
    "x" * 200 + " ::error::x",
    "##[error]x",
    "a ##[group]x",
    "\t::stop-commands::x",
    "\x85::error::x",
    "\u2028::error::x",
]
# What scanners, emitters and line breaking trip over.
PIECES = [
    *AMBIGUOUS,
    *HOSTILE,
    "a",
    "word",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "#",
    " # ",
    ": ",
    "- ",
    "'",
    '"',
    "\\",
    "|",
    ">",
]
PIECES += [
    "\u202e",
    "\x1b[31m",
    "\x00",
    "\ufeff",
    "\u2029",
    "\x85",
    "ä",
    "名",
    "\U0001f600",
    "{",
    "[",
    "%",
    "---",
    "...",
    "!x",
    "&a",
    "*a",
]


def read_12(text: str) -> list[Any]:
    return list(YAML(typ="safe", pure=True).load_all(text))


def commands(text: str) -> list[str]:
    """Return the lines that the runner would obey (actions/runner 2.336.0, ActionCommand.cs)."""
    return [line for line in text.splitlines() if line.lstrip().startswith("::") or "##[" in line]


@pytest.mark.parametrize("text", ["", *AMBIGUOUS, *HOSTILE])
def test_a_text_stays_a_text_for_every_reader(text: str) -> None:
    document = {text: text, "list": [text, {text: [text]}]}
    written = dump_documents([document])
    assert list(yaml.safe_load_all(written)) == [document]
    assert read_12(written) == [document]
    (own,) = parse_documents(written, "x.yaml")
    assert isinstance(own, Document)
    assert own.root.to_plain() == document
    assert commands(written) == []


@pytest.mark.parametrize("text", AMBIGUOUS)
def test_what_is_ambiguous_is_quoted(text: str) -> None:
    line = dump_document({"key": text}).removesuffix("\n")
    assert line == f"key: '{text}'"


@pytest.mark.parametrize(
    "text", ["5.1.2", "v3.41.1", "500m", "1Gi", "10s", "10.0.0.0/8", "fe80::1", "a:b", "no-vpn"]
)
def test_what_is_plain_to_all_is_left_plain(text: str) -> None:
    assert (resolve_helm_scalar(text), resolve_kustomize_scalar(text)) == (text, text)
    assert dump_document({"key": text}) == f"key: {text}\n"


@pytest.mark.parametrize("value", [True, False, None, 0, -1, 10**18, 1.5, 1e300, 1e-7, [], {}, [[]], [{}]])
def test_other_values_stay_what_they_are(value: object) -> None:
    written = dump_documents([{"key": value}])
    assert list(yaml.safe_load_all(written)) == read_12(written) == [{"key": value}]


def test_texts_put_together_from_all_that_is_special() -> None:
    chance = random.Random(20261128)
    for _ in range(20):
        documents = []
        for _ in range(30):
            texts = ["".join(chance.choices(PIECES, k=chance.randint(1, 6))) for _ in range(3)]
            documents.append(
                {"key": texts[0], "list": [texts[1], {"deep": [[texts[2]]]}], texts[0]: texts[1]}
            )
        written = dump_documents(documents)
        assert list(yaml.safe_load_all(written)) == documents
        assert read_12(written) == documents
        assert commands(written) == []


def test_a_long_text_is_folded_and_one_of_lines_stands_in_lines() -> None:
    written = dump_document({"long": "word " * 40 + "end", "lines": "a\nb\n"})
    assert "long: >-\n  word" in written
    assert "lines: |\n  a\n  b\n" in written


class _ByCharacter(yaml_text._Dumper):
    """Writes as PyYAML does."""

    analyze_scalar = Emitter.analyze_scalar
    write_folded = Emitter.write_folded


def test_long_lines_are_written_as_pyyaml_writes_them() -> None:
    chance = random.Random(20261129)
    pieces = ["word", "a" * 30, "b" * 150, ",", "'", '"', "#", ": ", " ", " ", " ", " ", "  ", "---"]
    folded = 0
    for number in range(150):
        text = "".join(chance.choices(pieces, k=chance.randint(20, 60))) + ("", "", "ä", "\n")[number % 4]
        document = {"key": text, "deep": [[{"text": text, text: 1}]]}
        written = dump_document(document)
        slow = yaml.dump(document, Dumper=_ByCharacter, sort_keys=False, allow_unicode=True, width=120)
        assert written == slow
        folded += ">-\n" in written
    assert folded > 50
