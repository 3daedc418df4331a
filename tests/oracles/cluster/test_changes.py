"""Policies over time: what is changed, what was there before them, in which order they come, and when they
only audit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracles.cluster.client import wait
from tests.oracles.cluster.control_plane import ControlPlane
from tests.oracles.cluster.meanings import having, pod
from tests.oracles.cluster.objects import as_release, every_kind, named, template
from tests.oracles.cluster.policies import Documents, emitted, in_force, refused, until_refused, until_warned
from tests.shipped import RULESET

RULE = next(rule for rule in RULESET.rules if rule.id == "no-vpn")
OWN = "own-"
BAD, GOOD = template(having(RULE, "fail")[0]), template(having(RULE, "pass")[0])


def of_rule(form: str, *, denies: bool = True) -> Documents:
    """Return the rule's policies; native ones under names of their own, as all others are there, too."""
    documents = emitted(form, [RULE], denies=denies)
    if form != "vap":
        return documents
    return [
        {
            **one,
            "metadata": {**one["metadata"], "name": f"{OWN}{one['metadata']['name']}"},
            "spec": {
                key: f"{OWN}{value}" if key == "policyName" else value for key, value in one["spec"].items()
            },
        }
        for one in documents
    ]


def pair(kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a good object of a kind and a bad one of the same name."""
    if kind == "HelmRelease":
        good, bad = as_release(GOOD), as_release(BAD)
    else:
        good, bad = (next(one for one in every_kind(pod) if one["kind"] == kind) for pod in (GOOD, BAD))
    return good, named(bad, good["metadata"]["name"])


@pytest.mark.parametrize("kind", ["Deployment", "CronJob", "HelmRelease"])
def test_a_good_one_cannot_be_changed_into_a_bad_one(kind: str, form: str, plane: ControlPlane) -> None:
    good, bad = pair(kind)
    assert plane.client.create(good).admitted
    with in_force(plane, of_rule(form), pod(having(RULE, "fail")[0])):
        until_refused(plane, named(bad))
        wait("the change to be refused", lambda: RULE.id in plane.client.replace(bad, dry_run=True).message)
        assert plane.client.replace(good).admitted
    assert plane.client.delete(good).admitted


def test_a_deployment_cannot_be_taken_off_its_gateway(form: str, plane: ControlPlane) -> None:
    behind = {**BAD, "metadata": {**BAD["metadata"], "annotations": {"setGateway": "true"}}}
    good, bad = (next(one for one in every_kind(pod) if one["kind"] == "Deployment") for pod in (behind, BAD))
    assert plane.client.create(good).admitted
    with in_force(plane, of_rule(form), pod(having(RULE, "fail")[0])):
        until_refused(plane, bad)
        assert plane.client.replace(good).admitted
        changed = named(bad, good["metadata"]["name"])
        wait(
            "the change to be refused", lambda: RULE.id in plane.client.replace(changed, dry_run=True).message
        )
    assert plane.client.delete(good).admitted


@pytest.mark.parametrize("kind", ["Pod", "Deployment", "HelmRelease"])
def test_what_was_there_before_can_be_labelled_finalized_and_deleted(
    kind: str, form: str, plane: ControlPlane
) -> None:
    _, bad = pair(kind)
    bad["metadata"]["finalizers"] = ["test/finalizer"]
    assert plane.client.create(bad).admitted
    with in_force(plane, of_rule(form), pod(having(RULE, "fail")[0])):
        until_refused(plane, named(bad))
        labelled = plane.client.read(bad).body
        labelled["metadata"]["labels"] = {"touched": "true"}
        assert plane.client.replace(labelled).admitted
        assert plane.client.delete(bad).admitted
        freed = plane.client.read(bad).body
        assert freed["metadata"]["deletionTimestamp"]
        del freed["metadata"]["finalizers"]
        assert plane.client.replace(freed).admitted
        wait("the deletion", lambda: plane.client.read(bad).status == 404)


def test_a_bad_ephemeral_container_is_refused(form: str, plane: ControlPlane) -> None:
    running = named({"apiVersion": "v1", "kind": "Pod", **GOOD})
    running["spec"] = {"containers": [{"name": "shell", "image": "docker.io/library/busybox:1.37.0"}]}
    running["metadata"] = {"name": running["metadata"]["name"], "namespace": "default"}
    assert plane.client.create(running).admitted
    path = f"api/v1/namespaces/default/pods/{running['metadata']['name']}/ephemeralcontainers"
    with in_force(plane, of_rule(form), pod(having(RULE, "fail")[0])):
        current = plane.client.read(running).body
        debug = {"name": "qbittorrent", "image": "ghcr.io/home-operations/qbittorrent:5.1.2"}
        current["spec"]["ephemeralContainers"] = [debug]
        wait(
            "the container to be refused",
            lambda: RULE.id in plane.client.request("PUT", path, current, dryRun="All").message,
        )
        current["spec"]["ephemeralContainers"] = [{**debug, "image": "docker.io/library/busybox:1.37.0"}]
        assert plane.client.request("PUT", path, current).admitted
    assert plane.client.delete(running).admitted


@pytest.mark.parametrize("backwards", [False, True])
def test_policies_come_into_force_in_any_order(backwards: bool, form: str, plane: ControlPlane) -> None:
    documents: Documents = of_rule(form)
    with in_force(plane, documents[::-1] if backwards else documents, pod(having(RULE, "fail")[0])):
        for document in (*every_kind(BAD), as_release(BAD)):
            if document["kind"] != "ReplicaSet" or form == "vap":
                until_refused(plane, document)


def test_auditing_natively_admits_and_warns(plain: ControlPlane) -> None:
    with in_force(plain, of_rule("vap", denies=False), pod(having(RULE, "fail")[0])):
        for document in (*every_kind(BAD), as_release(BAD)):
            suffix = "-helmrelease" if document["kind"] == "HelmRelease" else ""
            until_warned(plain, document, f"{OWN}{RULE.id}{suffix}")
            assert refused(plain.client, document) == ""


def test_auditing_by_kyverno_admits_and_reports(with_kyverno: ControlPlane) -> None:
    client = with_kyverno.client
    documents = emitted("validatingpolicy", [RULE], denies=False)
    for document in documents:
        with_kyverno.apply(document)
    bad = pod(having(RULE, "fail")[0])

    def reported() -> bool:
        # Only a request that is carried out is reported, and the policy may not be in force at the first one.
        again = named(bad)
        assert client.create(again).admitted
        assert client.delete(again).admitted
        path = "apis/reports.kyverno.io/v1/namespaces/default/ephemeralreports"
        reports = client.request("GET", path).body.get("items", [])
        results = [result for report in reports for result in report["spec"].get("results", [])]
        return any(result["policy"] == RULE.id and result["result"] == "fail" for result in results)

    wait("a report", reported)
    for document in documents:
        assert client.delete(document).admitted
