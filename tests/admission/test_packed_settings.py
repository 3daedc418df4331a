"""What a Pod's settings are is the same, whether the catalogue's tables are packed or not."""

from __future__ import annotations

from typing import Any

import pytest

from vpnlint.admission.cel_literal import write_literal
from vpnlint.admission.packed_settings import pack_settings
from vpnlint.ruleset.cel import CompiledExpression, Engine
from vpnlint.source.node import Node

SETTING = {
    "means": "kill-switch",
    "off": ["off", "no"],
    "needs": [],
    "default": True,
    "ends": "(^|[, ])::/[0-9]+",
    "honoured": [
        {"image": "", "from": 3039000, "below": 1000000000},
        {"image": "a/b", "from": 0, "below": 7},
    ],
}
OTHER = {**SETTING, "off": [], "needs": ["X"], "default": False, "honoured": []}
CATALOG: dict[str, Any] = {
    "software": {"gluetun": {"settings": {"A": SETTING, "B": OTHER}}, "deluge": {"title": "Deluge"}}
}
LOOKUP = "it.e.map(e, it.software.?settings[?e.name].orValue(dyn({})))"
NOWHERE = Node.make({}, Node({}, "a test", (0, 0, 0, 0)))


def evaluated(text: str, software: dict[str, Any]) -> object:
    engine = Engine(("it",))
    names = [{"name": name} for name in ("A", "B", "C")]
    activation = engine.make_activation({"it": {"software": software, "e": names}})
    return CompiledExpression(engine, text, NOWHERE).evaluate(activation)


def test_a_setting_is_unpacked_as_it_was() -> None:
    packed, ((name, text),) = pack_settings(CATALOG, [("declared", LOOKUP)])
    assert name == "declared"
    software = packed["software"]["gluetun"]
    assert all(isinstance(setting, str) for setting in software["settings"].values())
    assert (
        evaluated(text, software) == evaluated(LOOKUP, CATALOG["software"]["gluetun"]) == [SETTING, OTHER, {}]
    )
    assert packed["software"]["deluge"] == {"title": "Deluge"}
    assert len(write_literal(packed)) < len(write_literal(CATALOG)) / 2


def test_a_catalogue_without_settings_stays_as_it_is() -> None:
    catalog = {"images": {"a/b": "c"}}
    assert pack_settings(catalog, [("pods", "[]")]) == (catalog, [("pods", "[]")])


@pytest.mark.parametrize("value", ["two\nlines", ["a,b"]])
def test_what_holds_a_separator_is_not_packed(value: object) -> None:
    catalog = {"software": {"x": {"settings": {"A": {"off": value}}}}}
    with pytest.raises(ValueError, match="can't be packed"):
        pack_settings(catalog, [("declared", LOOKUP)])


def test_a_view_that_looks_settings_up_elsewhere_is_refused() -> None:
    """Packed, a setting is a text: whoever asked it for a field would get an error for each Pod."""
    with pytest.raises(ValueError, match="somewhere else"):
        pack_settings(CATALOG, [("declared", LOOKUP), ("offers", "it.software.settings[k].means")])
