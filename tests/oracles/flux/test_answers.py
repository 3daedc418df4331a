"""The recorded answers against the code of Flux that gave them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracles.flux import substitute_answers, values_answers
from tests.oracles.flux.programs import Ask, program


@pytest.mark.parametrize(
    ("name", "rows", "ask"),
    [
        pytest.param("substitute", substitute_answers.read_table(), substitute_answers.ask, id="substitute"),
        pytest.param("values", values_answers.read_table(), values_answers.ask, id="values"),
    ],
)
def test_flux_answers_as_recorded(name: str, rows: list[dict[str, Any]], ask: Ask) -> None:
    asked = program(name)
    if asked is None:
        pytest.skip("Flux's code is not there: `tools/build flux` builds it")
    assert ask(asked, rows) == [row["flux"] for row in rows]
