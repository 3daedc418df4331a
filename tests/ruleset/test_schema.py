"""The published JSON Schemas accept every shipped file and refuse what the loader refuses."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests import libyaml
from tests.checkout import ROOT
from vpnlint.ruleset import rule

SCHEMAS = ROOT / "docs" / "schema"
RULES = sorted(path for path in (ROOT / "rules").glob("*.yaml") if path.name != "defences.yaml")
CATALOG = sorted((ROOT / "rules" / "catalog").glob("*.yaml"))


@cache
def validator(name: str) -> Draft202012Validator:
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def plain(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = libyaml.load(path.read_text(encoding="utf-8"))
    return data


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_every_rule_is_valid(path: Path) -> None:
    assert [error.message for error in validator("rule").iter_errors(plain(path))] == []


@pytest.mark.parametrize("path", CATALOG, ids=lambda path: path.stem)
def test_every_file_of_the_catalogue_is_valid(path: Path) -> None:
    assert [error.message for error in validator("catalog").iter_errors(plain(path))] == []


@pytest.mark.parametrize("path", [*RULES, *CATALOG], ids=lambda path: path.stem)
def test_every_file_tells_editors_its_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    name = "rule" if path in RULES else "catalog"
    prefix = "../" * (len(path.relative_to(ROOT).parts) - 1)
    assert first == f"# yaml-language-server: $schema={prefix}docs/schema/{name}.schema.json"


def test_the_schema_has_the_keys_of_the_loader() -> None:
    schema = json.loads((SCHEMAS / "rule.schema.json").read_text(encoding="utf-8"))
    assert set(schema["properties"]) == {*rule._REQUIRED, *rule._OPTIONAL}
    assert set(schema["properties"]["cases"]["items"]["properties"]) == set(rule._CASE_KEYS)
    assert set(schema["required"]) == set(rule._REQUIRED)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("severity", "fatal"),
        ("for", "house"),
        ("deny", "true"),
        ("cases", []),
        ("cases", [{"say": "text", "help": "text"}]),
        ("cases", [{"answer": "deny", "say": "text", "help": "text", "fix": {"remove": "env.A"}}]),
        ("cases", [{"answer": "deny", "say": "text", "help": "text", "fix": {"set": "a", "safe": True}}]),
        ("cases", [{"answer": "deny", "say": "text", "help": "text", "fix": {"remove": "a", "safe": False}}]),
    ],
)
def test_what_the_loader_refuses_is_invalid(key: str, value: object) -> None:
    data = copy.deepcopy(plain(RULES[0]))
    assert validator("rule").is_valid(data)
    data[key] = value
    assert not validator("rule").is_valid(data)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("role", "house"),
        ("measured", None),
        ("images", {"Owner/Name": {"reference": "https://x"}}),
        ("extra", 1),
    ],
)
def test_what_no_program_has_is_invalid(key: str, value: object) -> None:
    data = plain(ROOT / "rules" / "catalog" / "wireguard.yaml")
    data[key] = value
    assert not validator("catalog").is_valid(data)
