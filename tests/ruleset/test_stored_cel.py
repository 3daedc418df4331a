"""Expressions are kept without the tables of the type checker, and say the same."""

from collections.abc import Mapping

from tests.shipped import RULESET
from vpnlint.ruleset.cel import CompiledExpression, Engine
from vpnlint.ruleset.stored_cel import strip_tables
from vpnlint.source.node import Node

PLACE = Node({}, "here", (0, 0, 0, 0))


def _restore(engine: Engine, stored: bytes, values: Mapping[str, object]) -> object:
    expression = CompiledExpression.restored(engine, stored, PLACE)
    return expression.evaluate(engine.make_activation(values))


def test_an_expression_without_tables_is_smaller_and_says_the_same() -> None:
    engine = Engine()
    text = 'pod.names.filter(n, n.startsWith("a") || n.size() > 3).map(n, n.upperAscii() + string(pod.count))'
    whole = bytes(engine.environment.compile(text).serialize())
    stripped = strip_tables(whole)
    assert len(stripped) < len(whole) / 2
    assert strip_tables(stripped) == stripped
    values = {"pod": {"names": ["ab", "cd", "long name"], "count": 7}}
    assert _restore(engine, stripped, values) == _restore(engine, whole, values) == ["AB7", "LONG NAME7"]


def test_the_largest_expression_of_the_rules_loses_its_tables() -> None:
    stored = RULESET.compiled.statuses.stored
    assert strip_tables(stored) == stored
    assert b"_&&_" in stored and b"logical_and" not in stored


def test_bytes_of_another_form_stay() -> None:
    engine = Engine()
    whole = bytes(engine.environment.compile("pod.name").serialize())
    for other in (b"", b"\xff", whole[:-1], b"\x0a\x02hi", b"\x12\x02\x08\x01", whole + b"\x0d"):
        assert strip_tables(other) == other
