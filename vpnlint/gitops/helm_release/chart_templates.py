"""The templates of a chart in the repository → the objects that Helm renders.

Source: helm.sh/helm/v4 4.2.2, pkg/engine/engine.go (the data of templates; files named `_…` only define
templates).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

from vpnlint.errors import InputError
from vpnlint.source.budget import Budget
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.go_template.data import PartlyKnown
from vpnlint.source.go_template.dialects import HELM
from vpnlint.source.go_template.limits import Undecidable
from vpnlint.source.go_template.render import Renderer
from vpnlint.source.node import Node
from vpnlint.source.origins import Origins
from vpnlint.source.pod_kinds import POD_KINDS
from vpnlint.source.scalars import resolve_helm_scalar

_TEMPLATES = "templates"
_ENDINGS = (".yaml", ".yml", ".tpl")
_MAX_FILES = 500
# How many characters of YAML are read in a step of the budget.
_READ_IN_A_STEP = 10
_INCLUDES = re.compile(r"\{\{[^}]*\b(?:include|template)\b")
_RUNS_PODS = re.compile(rf"\bkind:\s*[\"']?(?:{'|'.join(POD_KINDS)})\b")


class Files(Protocol):
    """The files of the repository, by absolute path."""

    def content(self, path: str) -> Node | None:
        """Return a file's text; None if there is no such file."""

    def folder(self, folder: str) -> Mapping[str, bool]:
        """Return the names in a folder, each with whether it is a folder itself."""


class Rendered(NamedTuple):
    """The objects that a chart's templates render.

    reason: why some templates cannot be rendered; empty if all can.
    """

    objects: list[Node]
    reason: str = ""


def has_pod_templates(folder: str, files: Files, dependencies: Sequence[str] = ()) -> bool:
    """Tell whether a template of the chart in a folder holds a kind that runs Pods.

    It may include it from the charts in the folders of its dependencies.
    """
    texts = _templates(folder, files)
    return any(_RUNS_PODS.search(text.text) for text in texts) or (
        any(_includes(text) for text in texts)
        and any(has_pod_templates(dependency, files) for dependency in dependencies)
    )


def _includes(text: Node) -> bool:
    """Tell whether a template includes another one."""
    return not os.path.basename(text.file).startswith("_") and _INCLUDES.search(text.text) is not None


def render_templates(
    folder: str,
    files: Files,
    values: Node,
    chart: Node,
    name: str,
    namespace: str,
    budget: Budget,
    dependencies: Sequence[str] = (),
) -> Rendered:
    """Return the objects that the templates of a chart render, each field at the value that it comes from.

    values: the chart's own, overridden by those of the release. chart: the mapping of Chart.yaml.
    dependencies: the folders of charts whose named templates it may include. Failures count only in templates
    that hold a kind which runs Pods, or may include it. Raises InputError where the budget is spent.
    """
    texts = _templates(folder, files)
    shared = [text for dependency in dependencies for text in _templates(dependency, files)]

    def pay(steps: int, text: int) -> None:
        budget.spend(chart, steps=steps, text=text)

    renderer = Renderer(HELM, pay)
    data = _data(values, chart, name, namespace)
    objects: list[Node] = []
    reason = ""
    # Helm calls a template by this name, and a checksum annotation includes a ConfigMap's by it.
    root = chart.text_at("name")
    names = {text.file: f"{root}/{os.path.relpath(text.file, folder)}" for text in texts}
    for text in (*shared, *texts):
        try:
            renderer.define(names.get(text.file, text.file), renderer.parse(text.text))
        except Undecidable:
            continue  # reported below if it matters
    for text in texts:
        if os.path.basename(text.file).startswith("_"):
            continue
        try:
            data["Template"] = {"Name": names[text.file], "BasePath": f"{root}/{_TEMPLATES}"}
            filled = renderer.render(text.text, data)
            pay(len(filled) // _READ_IN_A_STEP, 0)
            objects += _objects(filled, Origins(values, text))
        except (Undecidable, InputError) as error:
            if isinstance(error, InputError) and error.file == chart.file:
                raise  # over the budget
            if _RUNS_PODS.search(text.text) or (shared and _includes(text)):
                reason = f"its template {os.path.basename(text.file)} cannot be filled in offline: {error}"
    return Rendered(objects, reason)


def _templates(folder: str, files: Files) -> list[Node]:
    """Return the texts of a chart's templates, ordered by name."""
    found: list[Node] = []
    waiting = [os.path.join(folder, _TEMPLATES)]
    while waiting and len(found) < _MAX_FILES:
        place = waiting.pop()
        for name, is_folder in files.folder(place).items():
            path = os.path.join(place, name)
            if is_folder:
                waiting.append(path)
            elif name.endswith(_ENDINGS) and (text := files.content(path)) is not None:
                found.append(text)
    return found


def _data(values: Node, chart: Node, name: str, namespace: str) -> PartlyKnown:
    about = {key[:1].upper() + key[1:]: value for key, value in chart.to_plain().items()}
    release = {
        "Name": name,
        "Namespace": namespace,
        "Service": "Helm",
        "IsInstall": True,
        "IsUpgrade": False,
        "Revision": 1,
    }
    return PartlyKnown(
        Values=values.to_plain(nulls=False), Chart={"AppVersion": "", **about}, Release=release
    )


def _objects(text: str, origins: Origins) -> Iterator[Node]:
    for document in parse_documents(text, "helm", resolve=resolve_helm_scalar):
        if not isinstance(document, Document):
            raise Undecidable(f"its output is not YAML ({document.message})")
        if document.root.map:
            yield origins.place_object(document.root)
