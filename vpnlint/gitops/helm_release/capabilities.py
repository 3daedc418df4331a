"""What a chart's templates see of the cluster as `.Capabilities`.

Nobody knows the cluster offline, so they are filled in for the oldest and for a later one; what differs is
not known. Source: helm.sh/helm/v4 4.2.2, pkg/chart/common/capabilities.go (KubeVersion, APIVersions.Has).
"""

from __future__ import annotations

from vpnlint.source.go_template.data import PartlyKnown, Value, WithMethods, format_value
from vpnlint.source.go_template.limits import Undecidable
from vpnlint.source.go_template.render import Renderer

# Kubernetes 1.25 removed the last beta versions that charts ask about (PodDisruptionBudget, CronJob); later
# ones differ in nothing that runs Pods.
_MINORS = (25, 99)
_SERVED = frozenset(
    (
        "v1",
        "apps/v1",
        "autoscaling/v1",
        "autoscaling/v2",
        "batch/v1",
        "networking.k8s.io/v1",
        "policy/v1",
        "rbac.authorization.k8s.io/v1",
        "storage.k8s.io/v1",
    )
)
# https://kubernetes.io/docs/reference/using-api/deprecation-guide/
_REMOVED = frozenset(
    (
        "apps/v1beta1",
        "apps/v1beta2",
        "batch/v1beta1",
        "extensions/v1beta1",
        "policy/v1beta1",
        "rbac.authorization.k8s.io/v1beta1",
    )
)


class _ApiVersions(WithMethods):
    """Which API groups and kinds a cluster serves."""

    def call(self, name: str, *arguments: Value) -> Value:
        """Return whether a group's version, or a kind of it, is served.

        Raises Undecidable for one that not every cluster serves, or none.
        """
        wanted = format_value(arguments[0]) if name == "Has" and len(arguments) == 1 else ""
        if wanted in _SERVED:
            return True
        if not _REMOVED.isdisjoint((wanted, wanted.rpartition("/")[0])):
            return False
        raise Undecidable(f"whether the cluster serves {wanted or 'an API'} is unknown offline")


def render_for_any_cluster(renderer: Renderer, text: str, data: PartlyKnown) -> str:
    """Return a template filled in with data. Raises Undecidable where that depends on the cluster."""
    made = []
    for minor in _MINORS:
        version = PartlyKnown(
            Version=f"v1.{minor}.0", GitVersion=f"v1.{minor}.0", Major="1", Minor=str(minor)
        )
        seen = PartlyKnown(KubeVersion=version, APIVersions=_ApiVersions(is_known=True))
        made.append(renderer.render(text, PartlyKnown(data, Capabilities=seen)))
    if made[0] != made[-1]:
        raise Undecidable("it depends on the version of Kubernetes")
    return made[0]
