"""Policies on a running API server: applied, in force, and gone again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.admission.verdicts import RULESET
from tests.oracles.cluster.client import Answer, Client, wait
from tests.oracles.cluster.control_plane import ControlPlane
from tests.oracles.cluster.probes import ASKED, Probe, spoken
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

    So each object costs only the policies that may have something to say of it. They are compiled once and in
    force only while they are bound. An error in one, such as one that costs too much, is an answer like any
    other: none is ignored.
    """

    def __init__(self, plane: ControlPlane, documents: Documents) -> None:
        """Apply the policies, without their bindings."""
        self.plane = plane
        self.names = [one["metadata"]["name"] for one in documents if one["kind"] == _BINDING]
        self._bindings = [_for_labelled(one) for one in documents if one["kind"] == _BINDING]
        for document in documents:
            if document["kind"] != _BINDING:
                plane.apply({**document, "spec": {**document["spec"], "failurePolicy": "Fail"}})

    @contextmanager
    def warning(self, probes: Sequence[Probe]) -> Iterator[None]:
        """Let every policy warn, so that one answer names all that fail; probes tell when they do."""
        waiting = {name: probe for probe in probes for name in probe.expected if name in self.names}
        with self._bound(["Warn"]):
            wait(lambda: f"warnings by {sorted(waiting)}", lambda: not self._silent(waiting))
            yield

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Let the policies refuse that refuse by themselves, and the others warn."""
        with self._bound([]):
            yield

    def _silent(self, waiting: dict[str, Probe]) -> dict[str, Probe]:
        """Take those policies out that speak of their probe, and return the others."""
        names = list(waiting)
        answers = self.plane.ask([waiting[name].asking([name]) for name in names])
        for name, answer in zip(names, answers, strict=True):
            if name in spoken(answer):
                del waiting[name]
        return waiting

    @contextmanager
    def _bound(self, actions: list[str]) -> Iterator[None]:
        """Create the bindings, with these actions or else their own, and take them away again."""
        bindings = [
            {**one, "spec": {**one["spec"], **({"validationActions": actions} if actions else {})}}
            for one in self._bindings
        ]
        for binding in bindings:
            self.plane.apply(binding)
        try:
            yield
        finally:
            for binding in bindings:
                assert self.plane.client.delete(binding).admitted


def _for_labelled(binding: dict[str, Any]) -> dict[str, Any]:
    """Return a binding for what is labelled for its policy alone."""
    labels = {f"{ASKED}/{binding['metadata']['name']}": "yes"}
    return {
        **binding,
        "spec": {**binding["spec"], "matchResources": {"objectSelector": {"matchLabels": labels}}},
    }


@contextmanager
def kyverno_refusing(plane: ControlPlane, documents: Documents, probes: Sequence[Probe]) -> Iterator[None]:
    """Let Kyverno refuse by all of these policies, also those that only report; probes tell when they do."""
    applied = [
        {**one, "spec": {**one["spec"], "validationActions": ["Deny"], "failurePolicy": "Fail"}}
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
            "every policy of Kyverno to refuse",
            lambda: {name for answer in plane.ask(asked) for name in spoken(answer)} >= names,
        )
        yield
    finally:
        for document in reversed(applied):
            assert plane.client.delete(document).admitted
    wait("Kyverno's policies to be gone", lambda: all(one.admitted for one in plane.ask(asked)))


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
