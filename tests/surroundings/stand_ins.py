"""Makes objects and workloads of manifests for the tests of vpnlint.surroundings."""

from __future__ import annotations

import textwrap

from vpnlint.gitops.helm_release.chart_source import ChartSources
from vpnlint.gitops.objects import Objects
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node
from vpnlint.workloads.derive import derive_workloads
from vpnlint.workloads.workload import Workload


def roots(text: str) -> list[Node]:
    found = list(parse_documents(textwrap.dedent(text), "objects.yaml"))
    documents = [document for document in found if isinstance(document, Document)]
    assert len(documents) == len(found)
    return [document.root for document in documents]


def objects(text: str) -> Objects:
    return Objects(roots(text))


def workload(text: str) -> Workload:
    """Return the only workload of the text."""
    (found,) = [
        one for root in roots(text) for one in derive_workloads(root, ChartSources(list), Objects([]))
    ]
    return found


def pod(spec: str, *, labels: str = "{app: torrents}", annotations: str = "{}") -> Workload:
    """Return a Pod in the namespace downloads with this spec (YAML flow style)."""
    return workload(
        f"""
        apiVersion: v1
        kind: Pod
        metadata: {{name: torrents, namespace: downloads, labels: {labels}, annotations: {annotations}}}
        spec: {spec}
        """
    )
