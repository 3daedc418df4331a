"""Policies on a running API server: applied, in force, and gone again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import yaml

from tests.admission.verdicts import RULESET
from tests.oracles.cluster.client import Answer, Client, wait
from tests.oracles.cluster.control_plane import ControlPlane
from vpnlint.admission.emission import Emission, policies
from vpnlint.ruleset.rule import Rule

Documents = list[dict[str, Any]]


def emitted(form: str, rules: Sequence[Rule] = RULESET.rules, *, denies: bool = True) -> Documents:
    """Return the policies (and bindings) of these rules as `vpnlint emit` writes them."""
    texts = policies(Emission(RULESET, rules, form, denies))
    return [document for text in texts.values() for document in yaml.load_all(text, yaml.CSafeLoader)]


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
