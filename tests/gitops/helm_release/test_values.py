"""vpnlint.gitops.helm_release.values against what helm-controller's own code answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.oracles.flux.values_answers import as_json, read_table
from vpnlint.errors import InputError
from vpnlint.gitops.helm_release.values import collect_values
from vpnlint.gitops.objects import Objects
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node

ROWS = read_table()


def node(plain: object) -> Node:
    document = next(parse_documents(json.dumps(plain), "app.yaml"))
    assert isinstance(document, Document)
    return document.root


def config_map(name: str, data: dict[str, str]) -> Node:
    return node({"kind": "ConfigMap", "metadata": {"name": name, "namespace": "media"}, "data": data})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: as_json(row)[:70])
def test_values_are_put_together_as_flux_does(row: dict[str, Any]) -> None:
    spec = {"valuesFrom": row["from"], "values": row["values"]}
    release = node({"metadata": {"name": "a", "namespace": "media"}, "spec": spec})
    before = release.to_plain()
    objects = Objects([config_map(name, data) for name, data in row["configMaps"].items()])
    if row["flux"] is None:
        try:
            _, missing = collect_values(release, objects)
        except InputError as error:
            assert error.line
        else:
            assert missing == ["ConfigMap media/none"]
    else:
        found, missing = collect_values(release, objects)
        assert as_json(found.to_plain()) == row["flux"]
        assert missing == []
    assert release.to_plain() == before
