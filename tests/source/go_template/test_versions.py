"""`semverCompare`; all signs with all versions are asked of the real Helm in tests/oracles/helm."""

from __future__ import annotations

import pytest

from vpnlint.source.go_template.functions.versions import VERSION_FUNCTIONS
from vpnlint.source.go_template.limits import Undecidable

compare = VERSION_FUNCTIONS["semverCompare"]


@pytest.mark.parametrize(
    ("constraint", "fits", "others"),
    [
        (">=1.19-0", ["v1.25.0", "1.19.0-eks-1", "v1.99.0+k3s1"], ["1.18.9"]),
        (">=1.19", ["1.19.0"], ["1.19.0-eks-1", "v1.30.0-gke.100"]),
        ("<1.14-0", ["1.13.9"], ["1.14.0", "v1.25.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]),
        ("^1.2", ["1.2.0", "1.9.0"], ["1.1.9", "2.0.0"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0"]),
        ("1.2.x", ["1.2.7"], ["1.3.0"]),
        ("*", ["0.0.1", "9.9.9"], ["1.0.0-rc.1"]),
        ("1.2 - 1.5", ["1.2.0", "1.5.3"], ["1.6.0"]),
        (">=1.2, <1.5 || 3", ["1.4.0", "3.1.0"], ["1.5.0", "2.0.0"]),
        ("!=1.2.3", ["1.2.4"], ["1.2.3"]),
        (">1.2.3-alpha.2", ["1.2.3-alpha.10", "1.2.3"], ["1.2.3-alpha.1"]),
    ],
)
def test_a_version_fits_a_constraint(constraint: str, fits: list[str], others: list[str]) -> None:
    assert {version: compare(constraint, version) for version in (*fits, *others)} == {
        **dict.fromkeys(fits, True),
        **dict.fromkeys(others, False),
    }


@pytest.mark.parametrize(
    ("constraint", "version"),
    [("", "1"), ("a", "1"), (">=", "1"), ("1", ""), ("1", "1.2.3.4"), ("9" * 600, "1"), ("1", "9" * 5_000)],
)
def test_what_is_no_version_ends_the_template(constraint: str, version: str) -> None:
    with pytest.raises(Undecidable):
        compare(constraint, version)
