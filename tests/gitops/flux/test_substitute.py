"""vpnlint.gitops.flux.substitute against what Flux's own code answered."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracles.flux.substitute_answers import fields, read_table, whole
from vpnlint.errors import InputError
from vpnlint.gitops.flux.substitute import Variables, substitute_variables
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node

ROWS = read_table()


def read(text: str) -> Node:
    document = next(parse_documents(text, "app.yaml"))
    assert isinstance(document, Document)
    return document.root


def variables(values: dict[str, Any]) -> dict[str, Node]:
    return {name: Node(value, "ks.yaml", (1, 1, 1, 1)) for name, value in values.items()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: repr(row["text"])[:60])
def test_an_object_is_substituted_as_flux_does(row: dict[str, Any]) -> None:
    root = read(whole(row))
    if row["flux"] is None:
        with pytest.raises(InputError) as caught:
            substitute_variables(root, Variables(variables(row["variables"])))
        assert "\n" not in str(caught.value)
        assert caught.value.line
    else:
        assert (
            fields(substitute_variables(root, Variables(variables(row["variables"]))).to_plain())
            == row["flux"]
        )
