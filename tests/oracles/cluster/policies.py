"""Policies on a running API server: applied, in force, and gone again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.oracles.cluster.client import Answer, Client, wait
from tests.oracles.cluster.control_plane import ControlPlane
from tests.oracles.cluster.probes import ASKED, REFUSED, Probe, spoken
from tests.shipped import RULESET
from vpnlint.admission.emission import Emission, policy_documents
from vpnlint.ruleset.rule import Rule

_BINDING = "ValidatingAdmissionPolicyBinding"
Documents = list[dict[str, Any]]


def emitted(
    form: str, rules: Sequence[Rule] = RULESET.rules, *, denies: bool = True, bundled: bool = False
) -> Documents:
    """Return the policies (and bindings) of these rules as `vpnlint emit` writes them."""
    made = policy_documents(Emission(RULESET, rules, form, denies, bundled))
    return [document for documents in made.values() for document in documents]


class NativePolicies:
    """Native policies on a running API server, asked about what is labelled for them (Probe.asking).

    So each object costs only the policies that may have something to say of it, and the API server compiles
    each once: it forgets those that nothing binds. Each is bound twice, to warn and to refuse as it is
    emitted, for objects with one label or the other. An error in one, such as one that costs too much, is an
    answer like any other: none is ignored.
    """

    def __init__(self, plane: ControlPlane, documents: Documents, probes: Sequence[Probe]) -> None:
        """Apply the policies, and wait until all speak that have something to say of one of the probes."""
        self.plane = plane
        bindings = [document for document in documents if document["kind"] == _BINDING]
        self.names = [binding["metadata"]["name"] for binding in bindings]
        for document in documents:
            if document["kind"] != _BINDING:
                plane.apply({**document, "spec": {**document["spec"], "failurePolicy": "Fail"}})
        for binding in bindings:
            plane.apply(_for_labelled(binding, ASKED, ["Warn"]))
            plane.apply(_for_labelled(binding, REFUSED, binding["spec"]["validationActions"]))
        waiting = {name: probe for probe in probes for name in probe.speaking if name in self.names}
        wait(lambda: f"warnings by {sorted(waiting)}", lambda: not self._silent(waiting))

    def _silent(self, waiting: dict[str, Probe]) -> dict[str, Probe]:
        """Take those policies out that speak of their probe, and return the others."""
        names = list(waiting)
        answers = self.plane.ask([waiting[name].asking([name]) for name in names])
        for name, answer in zip(names, answers, strict=True):
            if name in spoken(answer):
                del waiting[name]
        return waiting


def _for_labelled(binding: dict[str, Any], label: str, actions: list[str]) -> dict[str, Any]:
    """Return a binding with these actions for what is labelled for its policy alone."""
    name = binding["metadata"]["name"]
    selected = {"objectSelector": {"matchLabels": {f"{label}/{name}": "yes"}}}
    spec = {**binding["spec"], "validationActions": actions, "matchResources": selected}
    return {**binding, "metadata": {"name": f"{name}.{label}"}, "spec": spec}


@contextmanager
def kyverno_refusing(plane: ControlPlane, documents: Documents, probes: Sequence[Probe]) -> Iterator[None]:
    """Let Kyverno refuse by these policies and warn by those that only report; probes tell when it does.

    Each is a webhook of its own, and of those that refuse the API server shows only one.
    """
    applied = [
        {**one, "spec": {**one["spec"], "validationActions": _actions(one), "failurePolicy": "Fail"}}
        if one["kind"] == "ValidatingPolicy"
        else one
        for one in documents
    ]
    names = {one["metadata"]["name"] for one in applied if one["kind"] == "ValidatingPolicy"}
    for document in applied:
        plane.apply(document)
    try:
        asked = [probe.document for probe in probes]
        wait(
            "every policy of Kyverno to speak",
            lambda: {name for answer in plane.ask(asked) for name in spoken(answer)} >= names,
        )
        yield
    finally:
        for document in reversed(applied):
            assert plane.client.delete(document).admitted
    wait("Kyverno's policies to be gone", lambda: not any(map(spoken, plane.ask(asked))))


def _actions(policy: dict[str, Any]) -> list[str]:
    return ["Warn"] if policy["metadata"]["name"].endswith("-doubt") else ["Deny"]


@contextmanager
def in_force(plane: ControlPlane, documents: Documents, bad: dict[str, Any]) -> Iterator[None]:
    """Apply policies and wait until `bad` gets another answer than before; take them away and wait until it
    is as before."""
    before = _verdict(plane.client.create(bad, dry_run=True))
    for document in documents:
        plane.apply(document)
    try:
        wait("the policies", lambda: _verdict(plane.client.create(bad, dry_run=True)) != before)
        yield
    finally:
        for document in reversed(documents):
            assert plane.client.delete(document).admitted
    wait("what they blocked", lambda: _verdict(plane.client.create(bad, dry_run=True)) == before)


def refused(client: Client, document: dict[str, Any]) -> str:
    """Return the message with which an object is refused; empty where it is admitted."""
    answer = client.create(document, dry_run=True)
    return "" if answer.admitted else answer.message


def until_refused(plane: ControlPlane, document: dict[str, Any]) -> None:
    """Wait for the policies of this kind; those of one rule do not come into force at the same moment."""
    wait(f"{document['kind']} to be refused", lambda: refused(plane.client, document))


def until_warned(plane: ControlPlane, document: dict[str, Any], policy: str) -> None:
    """Wait until the API server warns in the name of this policy."""
    warned = f"Validation failed for ValidatingAdmissionPolicy '{policy}'"
    wait(
        warned,
        lambda: any(warned in text for text in plane.client.create(document, dry_run=True).warnings),
    )


def _verdict(answer: Answer) -> tuple[bool, tuple[str, ...]]:
    return answer.admitted, answer.warnings
