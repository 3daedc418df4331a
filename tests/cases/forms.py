"""The ways in which one Pod may be written: kinds of objects, charts, kustomize, spellings of its values."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, TypeAlias

from tests import libyaml

Spec: TypeAlias = dict[str, Any]
# The objects that run a Pod, as documents of files by their names.
Files: TypeAlias = dict[str, list[Spec]]
NAME = "qbittorrent"
_DIGEST = "sha256:" + "ab" * 32


def _meta(**more: object) -> Spec:
    return {"name": NAME, **more}


def _template(spec: Spec) -> Spec:
    return {"metadata": {"labels": {"app": NAME}}, "spec": spec}


def _controller(kind: str, group: str = "apps/v1", **more: object) -> Callable[[Spec], Files]:
    def write(spec: Spec) -> Files:
        body = {"selector": {"matchLabels": {"app": NAME}}, **more, "template": _template(spec)}
        return {"app.yaml": [{"apiVersion": group, "kind": kind, "metadata": _meta(), "spec": body}]}

    return write


def _pod(spec: Spec) -> Files:
    return {"app.yaml": [{"apiVersion": "v1", "kind": "Pod", "metadata": _meta(), "spec": spec}]}


def _cron_job(spec: Spec) -> Files:
    job = {"spec": {"template": _template({"restartPolicy": "Never", **spec})}}
    body = {"schedule": "0 3 * * *", "jobTemplate": job}
    return {"app.yaml": [{"apiVersion": "batch/v1", "kind": "CronJob", "metadata": _meta(), "spec": body}]}


def _patched(spec: Spec) -> Files:
    """A Deployment without a VPN, and a kustomization whose JSON patch makes it the Pod that is meant."""
    client = {"name": NAME, "image": f"ghcr.io/home-operations/qbittorrent:5.1.2@{_DIGEST}"}
    patch = [{"op": "replace", "path": "/spec/template/spec", "value": spec}]
    listing = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["../base/app.yaml", "beside.yaml"],
        "patches": [{"target": {"kind": "Deployment"}, "patch": libyaml.dump(patch)}],
    }
    base = _controller("Deployment", strategy={"type": "Recreate"})({"containers": [client]})
    return {"../base/app.yaml": base["app.yaml"], "kustomization.yaml": [listing]}


def _merged(spec: Spec) -> Files:
    """The Pod in two halves: a base with its containers, and a strategic merge patch with their variables."""
    bare = copy.deepcopy(spec)
    patch: Spec = {}
    for key in ("initContainers", "containers"):
        for container in bare.get(key, []):
            patch.setdefault(key, []).append({"name": container["name"], "env": container.pop("env", [])})
    meta = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": _meta()}
    listing = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": ["app.yaml", "beside.yaml"],
        "patches": [{"path": "patch.yaml"}],
    }
    base = _controller("Deployment", strategy={"type": "Recreate"})(bare)
    return {
        **base,
        "patch.yaml": [{**meta, "spec": {"template": {"spec": patch}}}],
        "kustomization.yaml": [listing],
    }


def _app_template(version: str) -> Callable[[Spec], Files]:
    def write(spec: Spec) -> Files:
        controller: Spec = {
            key: _containers(spec.get(key, []), version) for key in ("initContainers", "containers")
        }
        pod = {
            key: value
            for key, value in spec.items()
            if key not in ("initContainers", "containers", "volumes")
        }
        name = "main" if version.startswith("2") else NAME
        values = {
            "defaultPodOptions": pod,
            "controllers": {name: {key: value for key, value in controller.items() if value}},
            "persistence": _persistence(spec, name),
        }
        chart = {
            "chart": "app-template",
            "version": version,
            "sourceRef": {"kind": "HelmRepository", "name": "bjw-s"},
        }
        return {"app.yaml": [_release(chart, values)]}

    return write


def _release(chart: Spec, values: Spec) -> Spec:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": _meta(),
        "spec": {"interval": "1h", "chart": {"spec": chart}, "values": values},
    }


def _containers(containers: list[Spec], version: str) -> Spec:
    made: Spec = {}
    before: list[str] = []
    for container in containers:
        item = {key: value for key, value in container.items() if key not in ("name", "volumeMounts")}
        item["image"] = _image(container["image"])
        probes = {
            kind: {"enabled": True, "custom": True, "spec": item.pop(f"{kind}Probe")}
            for kind in ("startup", "liveness", "readiness")
            if f"{kind}Probe" in item
        }
        item["probes"] = {
            **{kind: {"enabled": False} for kind in ("startup", "liveness", "readiness")},
            **probes,
        }
        if version.startswith("2"):
            item["order"] = len(before)
        elif before:
            item["dependsOn"] = list(before)
        if item.get("env"):
            item["env"] = _as_map(item["env"])
        # The chart's own container is called main in 2.x.
        name = "main" if version.startswith("2") and container["name"] == NAME else container["name"]
        made[name] = item
        before.append(name)
    return made


def _as_map(env: list[Spec]) -> Spec:
    return {
        item["name"]: item["value"] if "value" in item else {"valueFrom": item["valueFrom"]} for item in env
    }


def _image(image: str) -> Spec:
    path, at, digest = image.partition("@")
    head, _, tail = path.rpartition("/")
    name, _, tag = tail.partition(":")
    return {"repository": f"{head}/{name}" if head else name, "tag": (tag or "latest") + at + digest}


def _persistence(spec: Spec, controller: str) -> Spec:
    made: Spec = {}
    for volume in spec.get("volumes", []):
        (kind,) = (key for key in volume if key != "name")
        source = volume[kind]
        item = {
            "persistentVolumeClaim": {"existingClaim": source.get("claimName")},
            "configMap": {"type": "configMap", "name": source.get("name")},
            "secret": {"type": "secret", "name": source.get("secretName")},
            "emptyDir": {"type": "emptyDir"},
        }[kind]
        mounts: Spec = {}
        for key in ("initContainers", "containers"):
            for container in spec.get(key, []):
                for mount in container.get("volumeMounts", []):
                    if mount["name"] == volume["name"]:
                        renamed = controller == "main" and container["name"] == NAME
                        mounts.setdefault("main" if renamed else container["name"], []).append(
                            {
                                key.replace("mountPath", "path"): value
                                for key, value in mount.items()
                                if key != "name"
                            }
                        )
        made[volume["name"]] = {**item, "advancedMounts": {controller: mounts}}
    return made


def _rendered_after(spec: Spec) -> Files:
    """A release of the client alone, to whose Deployment Flux's post-renderer gives the whole Pod."""
    client = {"name": NAME, "image": f"ghcr.io/home-operations/qbittorrent:5.1.2@{_DIGEST}"}
    written = _app_template("4.4.0")({"containers": [client]})
    patch = [{"op": "replace", "path": "/spec/template/spec", "value": spec}]
    kustomize = {"patches": [{"target": {"kind": "Deployment"}, "patch": libyaml.dump(patch)}]}
    written["app.yaml"][0]["spec"]["postRenderers"] = [{"kustomize": kustomize}]
    return written


FORMS: dict[str, Callable[[Spec], Files]] = {
    "Pod": _pod,
    "Deployment": _controller("Deployment", strategy={"type": "Recreate"}),
    "StatefulSet": _controller("StatefulSet"),
    "Job": _controller("Job", "batch/v1"),
    "CronJob": _cron_job,
    "ReplicaSet": _controller("ReplicaSet"),
    "Rollout": _controller("Rollout", "argoproj.io/v1alpha1", strategy={"canary": {}}),
    "JSON patch": _patched,
    "merge patch": _merged,
    "app-template 2": _app_template("2.4.0"),
    "app-template 3": _app_template("3.7.3"),
    "app-template 4": _app_template("4.4.0"),
    "app-template 5": _app_template("5.0.1"),
    "app-template 5.3": _app_template("5.3.0"),
    "post-renderer": _rendered_after,
}


def _unchanged(spec: Spec) -> Spec:
    return spec


def _each(spec: Spec, change: Callable[[Spec], Spec]) -> Spec:
    return {
        key: [change(container) for container in value] if key in ("initContainers", "containers") else value
        for key, value in spec.items()
    }


def _registry(prefix: str) -> Callable[[Spec], Spec]:
    """Take the images from another registry, by the same owner and name."""

    def change(container: Spec) -> Spec:
        parts = container["image"].split("/")
        return {**container, "image": "/".join([prefix, *parts[-2:]])}

    return lambda spec: _each(spec, change)


def _beside(spec: Spec) -> Spec:
    """Take each container's known variables from a ConfigMap of its own (envFrom)."""

    def change(container: Spec) -> Spec:
        known = [item for item in container.get("env", []) if "value" in item]
        if not known:
            return container
        rest = [item for item in container["env"] if "value" not in item]
        source = {"configMapRef": {"name": f"{container['name']}-env"}}
        return {**container, "env": rest, "envFrom": [source]}

    return _each(spec, change)


def config_maps(spec: Spec) -> list[Spec]:
    """Return the ConfigMaps that `from a ConfigMap` takes a Pod's variables from."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"{container['name']}-env"},
            "data": {item["name"]: item["value"] for item in container.get("env", []) if "value" in item},
        }
        for key in ("initContainers", "containers")
        for container in spec.get(key, [])
    ]


# What is done to a Pod before it is written in a form.
SPELLINGS: dict[str, Callable[[Spec], Spec]] = {
    "as it is": _unchanged,
    "docker.io": _registry("docker.io"),
    "a mirror": _registry("registry.home.arpa:5000/mirror"),
    "from a ConfigMap": _beside,
}
