"""Compares vpnlint.source.scalars with the answers of the real Helm and Kustomize."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

import pytest

from tests.oracles.helm.scalar_answers import read_table
from vpnlint.source.scalars import Scalar, format_helm_scalar, resolve_helm_scalar, resolve_kustomize_scalar

ROWS = read_table()
PLAIN = [row for row in ROWS if not str(row["text"]).startswith(("'", '"', "!"))]
READERS = [
    pytest.param(resolve_helm_scalar, "helm", "quoted", id="helm"),
    pytest.param(resolve_kustomize_scalar, "flux", "flux_quoted", id="flux"),
]
Reader = Callable[[str], Scalar]


@pytest.mark.parametrize(("read", "seen", "quoted"), READERS)
@pytest.mark.parametrize("row", PLAIN, ids=lambda row: repr(row["text"]))
def test_a_scalar_reads_as_recorded(row: dict[str, str | None], read: Reader, seen: str, quoted: str) -> None:
    value = read(str(row["text"]))
    recorded = row[seen]
    if recorded is None:
        assert isinstance(value, float)
        assert not math.isfinite(value)
        with pytest.raises(ValueError, match="cannot be written as JSON"):
            format_helm_scalar(value)
        return
    expected = json.loads(recorded)
    if isinstance(expected, int | float) and not isinstance(expected, bool):
        # Go keeps JSON numbers as float64, so integers beyond 2**53 were recorded rounded.
        assert isinstance(value, int | float)
        assert not isinstance(value, bool)
        assert float(value) == float(expected)
    else:
        assert type(value) is type(expected)
        assert value == expected
    assert format_helm_scalar(value) == row[quoted]


def test_off_is_false_to_helm_and_a_string_to_flux() -> None:
    assert resolve_helm_scalar("off") is False
    assert resolve_kustomize_scalar("off") == "off"


def test_what_only_looks_like_a_number_is_returned_whatever_its_length() -> None:
    for text in ("9" * 100_000, "0x" + "f" * 100_000, "." + "1" * 100_000, "1" * 5000 + "e"):
        assert resolve_helm_scalar(text) == text
