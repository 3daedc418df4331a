"""Workloads as an API server takes them: complete, valid, in the namespace `default`, under a name of their
own."""

from __future__ import annotations

import itertools
from copy import deepcopy
from typing import Any

from vpnlint.workloads.workload import Workload

_NAMES = itertools.count()
_LABELS = {"app": "test"}
# What a quota, a probe or a volume of a fixture says beyond what is judged, and an API server looks at more
# closely. What names an object of the cluster that this one has not.
_ELSEWHERE = ("priorityClassName", "runtimeClassName")
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
_ASKS = ("exec", "httpGet", "tcpSocket", "grpc")


def named(document: dict[str, Any], name: str = "") -> dict[str, Any]:
    """Return the object in the namespace `default`, under this name or one that no other has."""
    metadata = {
        key: document["metadata"][key] for key in ("labels", "annotations") if key in document["metadata"]
    }
    return {
        **document,
        "metadata": {**metadata, "name": name or f"test-{next(_NAMES)}", "namespace": "default"},
    }


def template(workload: Workload) -> dict[str, Any]:
    """Return the Pod template that a workload runs, made valid: only what Kubernetes would refuse is
    changed."""
    found = workload.template
    assert found is not None
    plain = found.to_plain(nulls=False)
    metadata, spec = deepcopy(plain.get("metadata", {})), deepcopy(plain["spec"])
    labels = {key: str(value) for key, value in metadata.get("labels", {}).items()} | _LABELS
    mounted = {
        mount["name"]
        for container in [*spec.get("initContainers", []), *spec["containers"]]
        for mount in container.get("volumeMounts", [])
    }
    volumes = spec.get("volumes", [])
    claims = {claim.get("metadata", {}).get("name") for claim in _claims(workload)}
    present = {volume["name"] for volume in volumes}
    volumes += [
        {
            "name": name,
            **({"persistentVolumeClaim": {"claimName": name}} if name in claims else {"emptyDir": {}}),
        }
        for name in sorted(mounted - present)
    ]
    if volumes:
        spec["volumes"] = volumes
    for name in _ELSEWHERE:
        spec.pop(name, None)
    for container in [*spec.get("initContainers", []), *spec["containers"]]:
        _take_what_probes_ask(container)
        _drop_unknown_amounts(container)
    annotations = {key: str(value) for key, value in metadata.get("annotations", {}).items()}
    return {"metadata": {"labels": labels, "annotations": annotations}, "spec": spec}


def _take_what_probes_ask(container: dict[str, Any]) -> None:
    """Leave of a container's probes whom they ask: their times need not suit the API server."""
    for probe in _PROBES:
        if probe in container:
            asked = {key: container[probe][key] for key in _ASKS if key in container[probe]}
            for name, action in asked.items():
                if name != "exec" and not action.get("port"):
                    action["port"] = 1  # a chart's probe, for which the values name no port
            container[probe] = asked or {"exec": {"command": ["true"]}}


def _drop_unknown_amounts(container: dict[str, Any]) -> None:
    """Take away limits and requests of which only the chart knows how much, such as those of TrueCharts."""
    for amounts in container.get("resources", {}).values():
        for name in [name for name, amount in amounts.items() if "${" in str(amount)]:
            del amounts[name]


def _claims(workload: Workload) -> list[dict[str, Any]]:
    assert workload.object is not None
    claims = workload.object.get("spec", "volumeClaimTemplates")
    return [] if claims is None else list(claims.to_plain())


def every_kind(pod: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the Pod of this template, and each controller that makes it."""
    selector = {"matchLabels": _LABELS}
    once = {**pod, "spec": {**pod["spec"], "restartPolicy": "Never"}}
    return [
        named({"apiVersion": "v1", "kind": "Pod", **pod}),
        named(_object("v1", "ReplicationController", {"selector": _LABELS, "template": pod})),
        *(
            named(_object("apps/v1", kind, {"selector": selector, "template": pod}))
            for kind in ("Deployment", "DaemonSet", "ReplicaSet")
        ),
        named(
            _object("apps/v1", "StatefulSet", {"selector": selector, "serviceName": "test", "template": pod})
        ),
        named(_object("batch/v1", "Job", {"template": once})),
        named(
            _object(
                "batch/v1", "CronJob", {"schedule": "0 * * * *", "jobTemplate": {"spec": {"template": once}}}
            )
        ),
    ]


def _object(version: str, kind: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {}, "spec": spec}


def release(document: dict[str, Any]) -> dict[str, Any]:
    """Return a HelmRelease with what decides about its Pods, and what Flux's schema asks for."""
    spec = document["spec"]
    kept = {key: spec[key] for key in ("values", "valuesFrom", "postRenderers") if key in spec}
    chart = spec.get("chart", {}).get("spec", {})
    if chart:
        source = {"kind": "HelmRepository", "name": chart.get("sourceRef", {}).get("name", "charts")}
        kept["chart"] = {
            "spec": {
                "chart": chart.get("chart", "app-template"),
                "sourceRef": source,
                **{key: str(chart[key]) for key in ("version",) if key in chart},
            }
        }
    else:
        kept["chartRef"] = {
            "kind": "OCIRepository",
            "name": spec.get("chartRef", {}).get("name", "app-template"),
        }
    return named({**document, "apiVersion": "helm.toolkit.fluxcd.io/v2", "spec": {"interval": "1h", **kept}})


def as_release(pod: dict[str, Any]) -> dict[str, Any]:
    """Return a HelmRelease of app-template of which Helm would make this Pod template, its containers in this
    order."""
    spec = pod["spec"]
    sections = {"initContainers": spec.get("initContainers", []), "containers": spec["containers"]}
    options = {
        key: spec[key] for key in ("securityContext", "hostNetwork", "dnsPolicy", "dnsConfig") if key in spec
    }
    controller: dict[str, Any] = {"pod": {**options, **pod["metadata"]}}
    for section, listed in sections.items():
        controller[section] = {
            container["name"]: _values(container) | ({"dependsOn": before["name"]} if before else {})
            for before, container in zip([None, *listed], listed, strict=False)
        }
    persistence = {
        volume["name"]: {
            "type": "custom",
            "volumeSpec": {key: value for key, value in volume.items() if key != "name"},
            "advancedMounts": {
                "main": {
                    container["name"]: [
                        {"path": mount["mountPath"]}
                        for mount in container.get("volumeMounts", [])
                        if mount["name"] == volume["name"]
                    ]
                    for container in [*sections["initContainers"], *sections["containers"]]
                }
            },
        }
        for volume in spec.get("volumes", [])
    }
    values = {"controllers": {"main": controller}, "persistence": persistence}
    return release(
        {"apiVersion": "", "kind": "HelmRelease", "metadata": {}, "spec": {"chartRef": {}, "values": values}}
    )


def _values(container: dict[str, Any]) -> dict[str, Any]:
    taken = (
        "image",
        "command",
        "args",
        "env",
        "envFrom",
        "lifecycle",
        "resources",
        "restartPolicy",
        "securityContext",
    )
    values = {key: container[key] for key in taken if key in container}
    probes = {
        name.removesuffix("Probe"): {"enabled": True, "custom": True, "spec": container[name]}
        for name in _PROBES
        if name in container
    }
    if probes:
        values["probes"] = probes
    return values
