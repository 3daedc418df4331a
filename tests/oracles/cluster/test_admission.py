"""A real API server refuses what is bad with a rule's message, and admits what is good or only in doubt.

By its own policies, those of each rule and the bundle; and by Kyverno's admission controller with the bundle.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracles.cluster.client import Answer, wait
from tests.oracles.cluster.control_plane import ControlPlane
from tests.oracles.cluster.meanings import having
from tests.oracles.cluster.objects import as_release, every_kind, template
from tests.oracles.cluster.policies import NativePolicies, emitted, kyverno_refusing
from tests.oracles.cluster.probes import REFUSED, Probe, bundle_differences, cover, spoken
from tests.shipped import RULESET

RULE = next(rule for rule in RULESET.rules if rule.id == "no-vpn")


def test_the_policies_of_each_rule_refuse_the_bad_and_admit_the_good(
    native: NativePolicies, probes: list[Probe]
) -> None:
    bad = [probe for probe in probes if probe.is_refused]
    good = [probe for probe in probes if not probe.is_refused]
    answers = until_refused(native.plane, [probe.asking(probe.expected, REFUSED) for probe in bad])
    admitted = native.plane.ask([probe.asking(probe.expected, REFUSED) for probe in good])
    assert [answer.message for answer in admitted if not answer.admitted] == []
    assert [text for probe, answer in zip(bad, answers, strict=True) for text in wrong(probe, answer)] == []


def wrong(probe: Probe, answer: Answer) -> list[str]:
    """Return what is wrong with a refusal: it must be one of a rule that refuses, in vpnlint's words."""
    said = spoken(answer)
    ours = {name: texts for name, texts in probe.expected.items() if not name.endswith("-doubt")}
    one = next((name for name in said if name in ours), "")
    words = [" ".join(text.split()) for text in ours.get(one, ())]
    return [] if said.get(one) in words else [f"{probe.file}: {answer.message}"]


@pytest.mark.parametrize("meaning", ["fail", "pass"])
def test_the_bundle_judges_every_kind_of_object(native: NativePolicies, meaning: str) -> None:
    found = template(having(RULE, meaning)[0])
    documents = [labelled(one) for one in (*every_kind(found), as_release(found))]
    if meaning == "fail":
        answers = until_refused(native.plane, documents)
        assert all(f"[{RULE.id}] " in answer.message for answer in answers)
    else:
        answers = native.plane.ask(documents)
        assert [answer.message for answer in answers if not answer.admitted] == []


def labelled(document: dict[str, Any]) -> dict[str, Any]:
    """Return an object that the whole bundle is asked about."""
    names = ("vpnlint", "vpnlint-doubt", "vpnlint-helmrelease", "vpnlint-helmrelease-doubt")
    return Probe(document, {}, "").asking(names, REFUSED)


def until_refused(plane: ControlPlane, documents: list[dict[str, Any]]) -> list[Answer]:
    """Return the refusals of these objects, once each is refused: policies come into force one by one."""
    answers: list[Answer] = []

    def refused() -> bool:
        answers[:] = plane.ask(documents)
        return not any(answer.admitted for answer in answers)

    wait(f"{len(documents)} objects to be refused", refused)
    return answers


def test_kyverno_refuses_by_the_bundle_with_every_finding(
    with_kyverno: ControlPlane, probes: list[Probe]
) -> None:
    with kyverno_refusing(with_kyverno, emitted("validatingpolicy", bundled=True), cover(probes)):
        answers = with_kyverno.ask([probe.document for probe in probes])
    differing = []
    for probe, answer in zip(probes, answers, strict=True):
        suffix = "-helmrelease" if probe.document["kind"] == "HelmRelease" else ""
        names = (f"vpnlint{suffix}", f"vpnlint{suffix}-doubt")
        differing += bundle_differences(probe, {name: spoken(answer).get(name, "") for name in names})
    assert differing == []
