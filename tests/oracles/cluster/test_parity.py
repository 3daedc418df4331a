"""The API server's own policies say of every fixture and of the corpus what vpnlint says, in the same words.

Bound to warn, so that each answer names every policy that fails. The bundle, whose one answer holds that of
all rules, is asked about everything. The policies of a rule are asked about the rule's fixtures and wherever
they should speak, and all of them about a few objects together. What the API server does not take as a Pod at
all (the corpus holds `${VARIABLE}`s where a name must stand) is asked as the HelmRelease that it comes from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.admission.verdicts import RELEASE_VIEW, workloads
from tests.checkout import CORPUS, needs_corpus
from tests.oracles.cluster.policies import NativePolicies
from tests.oracles.cluster.probes import (
    Probe,
    bundle_differences,
    cover,
    helm_releases,
    is_valid,
    pods,
    spoken,
    undecided_releases,
)
from vpnlint.admission.bundle import STEM

# So many objects are asked of all policies together.
_TOGETHER = 8


def test_the_policies_of_each_rule_say_of_its_fixtures_what_vpnlint_says(
    native: NativePolicies, probes: list[Probe]
) -> None:
    asked = [
        probe.asking({*probe.expected, *_of_rule(native, probe, Path(probe.file).parent.name)})
        for probe in probes
    ]
    assert len(asked) > 400
    answers = native.plane.ask(asked)
    assert [answer.message for answer in answers if not answer.admitted] == []
    assert [
        text for probe, answer in zip(probes, answers, strict=True) for text in probe.differences(answer)
    ] == []


def test_all_policies_together_say_what_vpnlint_says(native: NativePolicies, probes: list[Probe]) -> None:
    asked = cover(probes)[:_TOGETHER]
    answers = native.plane.ask([probe.asking(_not_bundled(native)) for probe in asked])
    assert [
        text for probe, answer in zip(asked, answers, strict=True) for text in probe.differences(answer)
    ] == []


def test_the_bundle_names_every_finding_of_every_fixture(native: NativePolicies, probes: list[Probe]) -> None:
    assert differences_of_bundle(native, probes) == []


@needs_corpus
def test_all_say_of_the_rendered_pods_of_the_corpus_what_vpnlint_says(native: NativePolicies) -> None:
    probes = pods(workloads(CORPUS / "rendered"))
    answers = native.plane.ask([probe.asking(probe.expected) for probe in probes])
    asked = [(probe, answer) for probe, answer in zip(probes, answers, strict=True) if is_valid(answer)]
    print(f"{len(asked)} of {len(probes)} rendered workloads are Pods that the API server takes")
    assert len(asked) > 50
    assert [text for probe, answer in asked for text in probe.differences(answer)] == []
    assert differences_of_bundle(native, [probe for probe, _ in asked]) == []


@needs_corpus
def test_all_say_of_the_helmreleases_of_the_corpus_what_vpnlint_says(native: NativePolicies) -> None:
    found = workloads(CORPUS / "repos", rendered=False)
    probes = helm_releases(found)
    left = Counter(_why(file, document) for file, document in undecided_releases(found))
    print(f"{len(probes)} HelmReleases; left to the policies for Pods: {dict(left)}")
    assert len(probes) > 250
    answers = native.plane.ask([probe.asking(probe.expected) for probe in probes])
    assert [answer.message for answer in answers if not answer.admitted] == []
    assert [
        text for probe, answer in zip(probes, answers, strict=True) for text in probe.differences(answer)
    ] == []
    assert differences_of_bundle(native, probes) == []


def differences_of_bundle(native: NativePolicies, probes: Sequence[Probe]) -> list[str]:
    """Return where the bundle does not name each finding of vpnlint's about a probe.

    Each policy is asked by itself: of many long warnings the API server shows the beginnings only.
    """
    said: list[dict[str, str]] = [{} for _ in probes]
    for suffix in ("", "-doubt"):
        names = [
            f"{STEM}{RELEASE_VIEW.suffix if probe.document['kind'] == 'HelmRelease' else ''}{suffix}"
            for probe in probes
        ]
        asked = [probe.asking([name]) for probe, name in zip(probes, names, strict=True)]
        answers = native.plane.ask(asked)
        assert [answer.message for answer in answers if not answer.admitted] == []
        for texts, name, answer in zip(said, names, answers, strict=True):
            texts[name] = spoken(answer).get(name, "")
    return [
        text for probe, texts in zip(probes, said, strict=True) for text in bundle_differences(probe, texts)
    ]


def _of_rule(native: NativePolicies, probe: Probe, rule: str) -> list[str]:
    stem = f"{rule}{RELEASE_VIEW.suffix if probe.document['kind'] == 'HelmRelease' else ''}"
    return [name for name in native.names if name.removesuffix("-doubt") == stem]


def _not_bundled(native: NativePolicies) -> list[str]:
    return [name for name in native.names if not name.startswith(f"{STEM}-") and name != STEM]


def _why(file: str, document: dict[str, Any]) -> str:
    for key in ("valuesFrom", "postRenderers"):
        if key in document["spec"]:
            return key
    values = document["spec"].get("values", {})
    return file if "controllers" in values else "not app-template, or its first version"
