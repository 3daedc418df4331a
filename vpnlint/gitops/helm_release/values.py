"""The values that a HelmRelease gives its chart: spec.values over those of valuesFrom.

Source: helm-controller 1.4 to 1.6 (Flux 2.7 to 2.9), which takes fluxcd/pkg/chartutil up to v1.28.0
(values.go, merge.go). tests/oracles/flux/values.yaml holds the answers of its code.
"""

from __future__ import annotations

from vpnlint.gitops.helm_release.merge import coalesce_values, copy_values
from vpnlint.gitops.helm_release.set_path import set_path
from vpnlint.gitops.objects import Objects
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node

_DEFAULT_KEY = "values.yaml"
_SYNTAX = defer_pattern(r"[\\,\[\]{}]")


def collect_values(release: Node, objects: Objects) -> tuple[Node, list[str]]:
    """Return the values of a HelmRelease, each at its place, and the names of missing sources.

    A source is missing if it cannot be read: a Secret, or a ConfigMap that is not among the objects; it is
    named by kind, namespace and name. A single missing value (targetPath) becomes the text `${Secret
    media/vpn: key}`, unresolved like any `${`. Raises InputError at a place where helm-controller fails.
    """
    own = release.get("spec", "values")
    references = release.get("spec", "valuesFrom")
    if own is None or own.value is None:
        own = Node.make({}, release)
    if references is None or not references.list:
        return own, []
    own = copy_values(own)
    result, missing = Node.make({}, own), []
    for reference in references.list:
        data = _find_data(release, reference, objects)
        path = reference.get("targetPath")
        if path is not None and path.text:
            if data is None:
                continue
            # spec.values are merged in first and again at the end; their mappings are the same ones, so the
            # value set here stays.
            result = coalesce_values(result, own)
            _set_value(result, path, data, reference)
        elif isinstance(data, _Unreadable):
            missing.append(data.name)
        elif data is not None:
            result = coalesce_values(result, objects.read_values(data))
    return coalesce_values(result, own), missing


class _Unreadable:
    """An object that may hold values but cannot be read."""

    def __init__(self, name: str, key: str) -> None:
        self.name = name
        self.text = f"${{{name}: {key}}}"


def _find_data(release: Node, reference: Node, objects: Objects) -> Node | _Unreadable | None:
    """Return the data that an item of valuesFrom refers to; None if it is optional and missing."""
    kind, name, key = (reference.text_at(field) for field in ("kind", "name", "valuesKey"))
    if kind not in ("ConfigMap", "Secret"):
        raise reference.error(f"valuesFrom must name a ConfigMap or a Secret, not {kind or 'nothing'!r}")
    namespace = release.text_at("metadata", "namespace")
    key = key or _DEFAULT_KEY
    optional = reference.get("optional")
    may_lack = optional is not None and optional.value is True
    config_map = objects.find("ConfigMap", namespace, name) if kind == "ConfigMap" else None
    if config_map is None:
        if kind == "ConfigMap" and may_lack:
            return None
        # A ConfigMap that is not in the repository may still be in the cluster, as most Secrets are.
        return _Unreadable(f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}", key)
    data = config_map.get("data", key)
    if data is None and not may_lack:
        raise reference.error(f"ConfigMap {name} has no key {key}")
    return data


def _set_value(result: Node, path: Node, data: Node | _Unreadable, reference: Node) -> None:
    value = data.text
    origin = data if isinstance(data, Node) else path
    literal = reference.get("literal")
    quoted = value[:1] in ("'", '"') and value[-1:] == value[:1]
    if isinstance(data, _Unreadable) or (literal is not None and literal.value is True):
        quoted, value = True, _SYNTAX.sub(r"\\\g<0>", value)
    elif quoted:
        value = value.strip("'\"")
    try:
        set_path(result, f"{path.text}={value}", origin, strings=quoted)
    except ValueError as error:
        raise path.error(f"Helm cannot set this: {error}") from error
