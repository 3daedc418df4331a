"""Defines Workload: an object that runs Pods, along with the object of the repository that it comes from."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from vpnlint.errors import InputError
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import find_pod_template
from vpnlint.workloads.api_types import find_misshapen_field
from vpnlint.workloads.suspension import find_suspension

_CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")


class _Fields(NamedTuple):
    source: Node
    object: Node | None
    namespace: str
    reason: str = ""
    missing: tuple[str, ...] = ()
    beside: tuple[Node, ...] = ()
    is_proxy: bool = False
    left_by: str = ""
    taken: tuple[tuple[Node, Node], ...] = ()


class Workload(_Fields):
    """An object that runs Pods.

    source: the object in the repository (a HelmRelease, a Deployment …).
    object: the Kubernetes object that will run, which is source itself or an object of its chart. None if
    vpnlint does not understand the chart; reason says why.
    missing: the names of unreadable objects that may hold its values.
    beside: the other objects of its chart (Services, policies).
    is_proxy: it is a proxy of Tailscale's operator, judged for its VPN although it runs no torrent client.
    left_by: the Flux Kustomization, if any, that applies source with every `${…}` as written.
    taken: the containers that patches of kustomize take out of its Pods, each with its patch.
    """

    @property
    def kind(self) -> str:
        """The kind of the object in the repository."""
        return self.source.text_at("kind")

    @property
    def name(self) -> str:
        """The name of the object in the repository."""
        return self.source.text_at("metadata", "name")

    @property
    def title(self) -> str:
        """Its name in reports: `HelmRelease media/qbittorrent`."""
        # A proxy runs in its operator's namespace, but people know it by the object that it is made for.
        namespace = self.source.text_at("metadata", "namespace") if self.is_proxy else self.namespace
        return f"{self.kind} {namespace}/{self.name}" if namespace else f"{self.kind} {self.name}"

    @cached_property
    def template(self) -> Node | None:
        """The Pod or Pod template that will run."""
        return find_pod_template(self.object) if self.object is not None else None

    @cached_property
    def containers(self) -> list[Node]:
        """The containers, initContainers first."""
        template = self.template
        if template is None:
            return []
        return [container for key in _CONTAINER_LISTS for container in template.items("spec", key)]

    @property
    def problem(self) -> InputError | None:
        """The reason why it cannot be judged, if Kubernetes refuses the type of a field."""
        return find_misshapen_field(self.object or self.source)

    @property
    def suspension(self) -> InputError | None:
        """A note if it is suspended and runs nothing; such a workload is not judged."""
        return find_suspension(self.source) or (find_suspension(self.object) if self.object else None)
