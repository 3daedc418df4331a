"""Argo CD's Application: the folders that it applies, and its charts in the form of HelmReleases.

Source: argo-cd v3.5, docs/user-guide/helm.md (values: files, then valuesObject or else values, then
parameters) and util/helm/cmd.go (cleanSetParameters).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from vpnlint.files.discover import CHART
from vpnlint.files.facts import Directory, Lead
from vpnlint.gitops.helm_release import local_chart
from vpnlint.gitops.helm_release.chart_files import Files
from vpnlint.gitops.helm_release.merge import coalesce_values, copy_values, read_values
from vpnlint.gitops.helm_release.set_path import set_path
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node

_API = "argoproj.io/"
_COMMA = defer_pattern(r"(?<!\\),")


def is_application(root: Node) -> bool:
    """Tell whether an object is an Argo CD Application."""
    return root.text_at("kind") == "Application" and root.text_at("apiVersion").startswith(_API)


def is_application_set(root: Node) -> bool:
    """Tell whether an object is an Argo CD ApplicationSet."""
    return root.text_at("kind") == "ApplicationSet" and root.text_at("apiVersion").startswith(_API)


def read_application_leads(application: Node) -> Iterator[Lead]:
    """Yield the folders, charts and values files that an Application uses."""
    for source in list_sources(application):
        url, path = ("", "", source.text_at("repoURL")), source.text_at("path").strip("/")
        folder = read_folder_lead(source)
        if folder is not None:
            yield folder
            yield from (Lead(os.path.join(path, file), url, used=True) for file in _list_added_files(source))
        for file in (source.get("helm") or source).items("valueFiles"):
            if "://" in file.text:
                continue
            whole = file.text.startswith(("/", "$"))
            name = file.text.partition("/")[2] if whole else os.path.join(path, file.text)
            if name:
                yield Lead(name, _find_referenced_source(application, file.text) or url, used=True)


def read_folder_lead(source: Node) -> Lead | None:
    """Return the folder that a source applies or takes a chart from.

    None if the chart comes from a Helm repository.
    """
    path = source.text_at("path").strip("/")
    if not path or _read_chart(source)[0]:
        return None
    directory = Directory(
        source.is_true("directory", "recurse"),
        source.text_at("directory", "include"),
        source.text_at("directory", "exclude"),
    )
    return Lead(path, ("", "", source.text_at("repoURL")), directory=directory)


def _list_added_files(source: Node) -> Iterator[str]:
    """Yield the files and folders that a source adds to a kustomization, relative to its folder."""
    yield from (
        entry.text_at("path") for entry in source.items("kustomize", "patches") if entry.text_at("path")
    )
    yield from (entry.text for entry in source.items("kustomize", "components") if entry.text)


def _find_referenced_source(application: Node, file: str) -> tuple[str, str, str] | None:
    """Return the source of a values file whose path begins with the `ref` of another source."""
    ref = file.partition("/")[0].removeprefix("$")
    for source in list_sources(application) if file.startswith("$") else ():
        if source.text_at("ref") == ref:
            return "", "", source.text_at("repoURL")
    return None


def read_application_releases(
    application: Node, repository: str, content: Callable[[str], Node | None], files: Files | None = None
) -> Iterator[tuple[Node, list[str]]]:
    """Yield the charts that an Application installs, as HelmReleases, with the names of missing values.

    repository: the folder that paths and `$ref/` are relative to. content: returns the text of a file, None
    if there is none. files: where the templates of charts are read. Raises InputError if a file or a value
    cannot be read.
    """
    for source in list_sources(application):
        chart, origin = _read_chart(source)
        folder = os.path.normpath(os.path.join(repository, source.text_at("path") or "."))
        missing: list[str] = []
        values = _merge_source_values(source, repository, folder, content, missing)
        metadata = application.get("metadata")
        name = source.text_at("helm", "releaseName") or application.text_at("metadata", "name")
        if chart:
            about = {"chart": chart, "version": source.text_at("targetRevision"), "repository": origin}
            releases = [local_chart.make_release("Application", name, values, about, metadata)]
        elif not source.is_true("directory", "recurse") and content(os.path.join(folder, CHART)) is not None:
            space = application.text_at("spec", "destination", "namespace")
            installation = local_chart.Installation(name, space)
            releases = list(
                local_chart.read_chart_releases(
                    folder, content, values, metadata, files, installation=installation
                )
            )
        else:
            releases = []
        for release in releases:
            release = put_value(release, ("spec", "releaseName"), Node.make(name, application))
            namespace = application.get("spec", "destination", "namespace")
            if namespace is not None:
                release = put_value(release, ("spec", "targetNamespace"), namespace)
            yield put_value(release, ("kind",), application.map["kind"]), missing


def find_paths_root(application: Node, locate: Callable[[str, Lead], str | None]) -> str:
    """Return the folder (absolute) that an Application's paths are relative to.

    locate: finds the place of a path that an object in a file (absolute) leads to.
    """
    file = os.path.abspath(application.file)
    for lead in read_application_leads(application):
        place = locate(file, lead)
        path = os.path.normpath(lead.path.strip("/"))
        if place is not None:
            return place.removesuffix(path).rstrip(os.sep) if path != "." else place
    return os.path.dirname(file)


def list_sources(application: Node) -> list[Node]:
    """Return the sources of an Application."""
    if several := application.items("spec", "sources"):
        return several
    # The source hydrator turns the dry source, which people edit, into manifests on another branch
    # (docs/user-guide/source-hydrator.md).
    one = application.get("spec", "source") or application.get("spec", "sourceHydrator", "drySource")
    return [one] if one is not None else []


def _read_chart(source: Node) -> tuple[str, str]:
    """Return the chart of a source and its Helm repository, empty if the source is a folder in git."""
    url, chart = source.text_at("repoURL"), source.text_at("chart")
    if not chart and url.startswith("oci://") and source.text_at("path") in ("", "."):
        url, _, chart = url.rstrip("/").rpartition("/")
    return chart, url


def _merge_source_values(
    source: Node, repository: str, folder: str, content: Callable[[str], Node | None], missing: list[str]
) -> Node:
    """Return the values that a source gives its chart; `missing` takes the names of missing files."""
    helm = source.get("helm")
    values = Node.make({}, helm if helm is not None else source)
    if helm is None:
        return values
    for file in helm.items("valueFiles"):
        path = _find_values_file(file.text, repository, folder)
        data = content(path) if path else None
        if data is not None:
            values = coalesce_values(values, read_values(data))
        elif not helm.is_true("ignoreMissingValueFiles"):
            missing.append(f"the values file {file.text}")
    own, written = helm.get("valuesObject"), helm.get("values")
    if own is not None and own.value is not None:
        values = coalesce_values(values, own)
    elif written is not None and written.text:
        values = coalesce_values(values, read_values(written))
    values = copy_values(values)
    for parameter in helm.items("parameters"):
        _set_parameter(values, parameter)
    missing += [f"the file {parameter.text_at('path')}" for parameter in helm.items("fileParameters")]
    return values


def _find_values_file(file: str, repository: str, folder: str) -> str:
    """Return the path of a values file; empty for a URL.

    It is relative to the source's folder, or to the repository (`/…`, `$ref/…`).
    """
    if "://" in file or "\0" in file:
        return ""
    if file.startswith(("/", "$")):
        return os.path.normpath(os.path.join(repository, file.partition("/")[2]))
    return os.path.normpath(os.path.join(folder, file))


def _set_parameter(values: Node, parameter: Node) -> None:
    value = parameter.get("value")
    written = value.text if value is not None else ""
    if not (written.startswith("{") and written.endswith("}")):
        written = _COMMA.sub(r"\\,", written)
    strings = parameter.is_true("forceString")
    try:
        set_path(
            values,
            f"{parameter.text_at('name')}={written}",
            parameter if value is None else value,
            strings=strings,
        )
    except ValueError as error:
        raise parameter.error(f"Helm cannot set this: {error}") from error
