"""A workload: an object that runs Pods, with the object of the repository that it came from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vpnlint.errors import InputError
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import find_pod_template
from vpnlint.workloads.api_types import find_misshapen_field
from vpnlint.workloads.suspension import find_suspension

_CONTAINER_LISTS = ("initContainers", "containers", "ephemeralContainers")


@dataclass(frozen=True)
class Workload:
    """Something that runs Pods.

    source is the object in the repository (a HelmRelease, a Deployment …); object is the Kubernetes object
    that will run: source itself, or what the chart makes of it, each field knowing its place. object is None
    where the chart is not understood, and reason says why. missing names what may hold values of it and
    cannot be read. beside is what its chart makes along with it (Services, policies). is_proxy: it is a proxy
    of Tailscale's operator, which is judged for its VPN although it runs no torrent client. left_by: the Flux
    Kustomization that applies source with every `${…}` as it is written, if one does.
    """

    source: Node
    object: Node | None
    namespace: str
    reason: str = ""
    missing: tuple[str, ...] = ()
    beside: tuple[Node, ...] = ()
    is_proxy: bool = False
    left_by: str = ""

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
        """How reports call it: `HelmRelease media/qbittorrent`."""
        # A proxy runs in its operator's namespace, and is known by the object that it is made of.
        namespace = self.source.text_at("metadata", "namespace") if self.is_proxy else self.namespace
        return f"{self.kind} {namespace}/{self.name}" if namespace else f"{self.kind} {self.name}"

    @property
    def template(self) -> Node | None:
        """The Pod or Pod template that will run."""
        return find_pod_template(self.object) if self.object is not None else None

    @property
    def containers(self) -> list[Node]:
        """The containers, initContainers first."""
        template = self.template
        if template is None:
            return []
        return [container for key in _CONTAINER_LISTS for container in template.items("spec", key)]

    @cached_property
    def problem(self) -> InputError | None:
        """Why it cannot be judged, if a field is of a type that Kubernetes refuses."""
        return find_misshapen_field(self.object or self.source)

    @cached_property
    def suspension(self) -> InputError | None:
        """The note that it runs nothing now, if it is suspended; such a workload is not judged."""
        return find_suspension(self.source) or (find_suspension(self.object) if self.object else None)
