"""One API server for all tests, started and given its policies when first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.oracles.cluster.control_plane import ControlPlane
from tests.oracles.cluster.policies import NativePolicies, emitted
from tests.oracles.cluster.probes import (
    Probe,
    helm_releases_of_fixtures,
    made_releases,
    pods_of_fixtures,
)
from tests.oracles.cluster.programs import missing

# The form of policies → the cluster that they are tried on.
_FORMS = {"vap": "plain", "validatingpolicy": "with_kyverno"}


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """An API server."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    with ControlPlane(tmp_path_factory.mktemp("cluster")) as plane:
        yield plane


@pytest.fixture(scope="session")
def with_kyverno(plain: ControlPlane) -> ControlPlane:
    """The same with Kyverno's admission controller, which is asked nothing where it has no policies."""
    plain.install_kyverno()
    return plain


@pytest.fixture(scope="session")
def native(plain: ControlPlane, probes: list[Probe]) -> NativePolicies:
    """Every native policy of vpnlint's own rules and their bundle, for what is labelled for them."""
    return NativePolicies(plain, [*emitted("vap"), *emitted("vap", bundled=True)], probes)


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


@pytest.fixture(scope="session")
def probes(plain: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> list[Probe]:
    """The fixtures of all rules as Pods, as HelmReleases, and some as HelmReleases that make such Pods.

    What the API server refuses as a Pod by itself, a HelmRelease may hold: that is what a rule is about.
    """
    of_pods = pods_of_fixtures()
    file = tmp_path_factory.mktemp("releases") / "releases.yaml"
    answers = plain.ask([probe.document for probe in of_pods])
    refused = {
        Path(probe.file).parent.name
        for probe, answer in zip(of_pods, answers, strict=True)
        if not answer.admitted
    }
    assert refused == {"refused-device-request"}
    valid = [probe for probe, answer in zip(of_pods, answers, strict=True) if answer.admitted]
    return [*valid, *helm_releases_of_fixtures(), *made_releases(of_pods, file)]
