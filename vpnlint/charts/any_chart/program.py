"""Renders any chart on the disk with the helm program.

This needs Helm 3.16 or later for `--skip-schema-validation`, since a schema may refer to others on the
network. `helm template` uses no cluster, nor the network if the chart has its dependencies in `charts/`.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator

from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node
from vpnlint.source.origins import Origins
from vpnlint.source.scalars import resolve_helm_scalar

_SECONDS = 60
_FLAGS = ("--skip-schema-validation", "--skip-tests", "--values", "-")
_NOT_NAMED = "no version"


def make_renderer(helm: str, repository: str) -> Callable[[Release], list[Node]]:
    """Return a function that renders a release with the helm program, or raises UnknownChart.

    helm: the program. repository: the folder that holds the charts of a GitRepository.
    """

    def render(release: Release) -> list[Node]:
        chart = find_chart_on_disk(release, repository, helm)
        if chart is None:
            named = f"{release.chart or '(not named)'} {release.version}".rstrip()
            raise UnknownChart(f"the chart {named} is neither in the repository nor in helm's cache")
        return render_any_chart(release, chart, helm)

    return render


def render_any_chart(release: Release, chart: str, helm: str) -> list[Node]:
    """Return the objects that Helm renders for a release.

    A field's place is that of the value that it shows, else the release.

    chart: the path of a chart's folder or archive. helm: the program. Raises UnknownChart with Helm's error
    if Helm refuses the chart or its values.
    """
    command = [helm, "template", release.name, os.path.abspath(chart), *_FLAGS]
    if release.namespace:
        command += ["--namespace", release.namespace]
    printed = _run_helm(command, json.dumps(release.values.to_plain()))
    origins = Origins(release.values, release.source)
    objects = []
    for document in parse_documents(printed, "helm", resolve=resolve_helm_scalar):
        if not isinstance(document, Document):
            raise UnknownChart(f"helm's output cannot be read: {document.message}")
        if document.root.map:
            objects.append(origins.place_object(document.root))
    return objects


def find_chart_on_disk(release: Release, repository: str, helm: str) -> str | None:
    """Return the path of a release's chart, or None if it is not on the disk.

    This looks in the repository, beside the chart's values, and in Helm's cache for the exact version.

    repository: the folder that holds the charts of a GitRepository.
    """
    for path in _list_chart_paths(release, repository):
        if os.path.isfile(os.path.join(path, "Chart.yaml")):
            return path
    archive = f"{release.chart}-{release.version.removeprefix('v') or _NOT_NAMED}.tgz"
    cache = _run_helm([helm, "env", "HELM_REPOSITORY_CACHE"], "").strip()
    path = os.path.join(cache, archive)
    return path if os.path.isfile(path) else None


def _list_chart_paths(release: Release, repository: str) -> Iterator[str]:
    spec = release.source.get("spec", "chart", "spec")
    chart = spec.get("chart") if spec is not None else None
    source = spec.get("sourceRef") if spec is not None else None
    kind, name = (source.get(key) if source is not None else None for key in ("kind", "name"))
    beside = os.path.dirname(release.source.file)
    if chart is not None and kind is not None and kind.value in ("GitRepository", "Bucket"):
        yield os.path.normpath(os.path.join(repository, chart.text))
    if name is not None and name.text.startswith("file://"):
        # A local chart's dependency is relative to the chart's folder.
        yield os.path.normpath(os.path.join(beside, name.text.removeprefix("file://")))
    if release.source.get("kind") is not None and release.source.map["kind"].value == "Chart":
        yield os.path.join(beside, "charts", release.chart)
        if name is not None and not name.text:
            yield beside or "."


def _run_helm(command: list[str], text: str) -> str:
    """Return the output of helm. Raises UnknownChart if it fails, cannot be run, or takes too long."""
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except OSError as error:
        raise UnknownChart(f"{command[0]} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise UnknownChart(f"helm did not render it within {_SECONDS} seconds") from error
    if done.returncode:
        # Helm 4 logs an error before it prints it.
        reason = " ".join(done.stderr.rpartition("Error: ")[2].split()) or f"exit code {done.returncode}"
        raise UnknownChart(f"helm does not render it: {reason}")
    return done.stdout
