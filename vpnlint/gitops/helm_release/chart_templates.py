"""The templates of a chart in the repository → the objects that Helm renders.

Source: helm.sh/helm/v4 4.2.2, pkg/engine/engine.go (the data of templates; files named `_…` only define
templates).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from vpnlint.errors import InputError
from vpnlint.gitops.helm_release.capabilities import render_for_any_cluster
from vpnlint.gitops.helm_release.chart_files import (
    MAX_FILES,
    ChartFiles,
    Files,
    find_as_written,
    read_chart_files,
)
from vpnlint.gitops.helm_release.included_templates import find_definitions, includes_any
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.source.budget import Budget
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.go_template.data import PartlyKnown
from vpnlint.source.go_template.dialects import HELM
from vpnlint.source.go_template.limits import Undecidable
from vpnlint.source.go_template.render import Renderer
from vpnlint.source.node import Node
from vpnlint.source.origins import Origins
from vpnlint.source.pod_kinds import POD_KINDS
from vpnlint.source.scalars import resolve_helm_scalar

# How many charts are followed of which each makes an object that installs the next.
MAX_CHARTS = 5
_TOO_MANY = f"a chart installs the next for more than {MAX_CHARTS} times: what this makes is not followed"
_TEMPLATES = "templates"
_ENDINGS = (".yaml", ".yml", ".tpl")
_MAX_FILES = 500
# By this name templates read the chart's other files.
_FILES = defer_pattern(r"\.Files\b")
# How many characters of YAML are read in a step of the budget.
_READ_IN_A_STEP = 10
# Objects that a chart of Applications or HelmReleases makes, which apply others in their turn.
_LEADING = {
    "Application": "argoproj.io/",
    "ApplicationSet": "argoproj.io/",
    "HelmRelease": "helm.toolkit.fluxcd.io/",
    "Kustomization": "kustomize.toolkit.fluxcd.io/",
}
# What the libraries of bjw-s, k8s-at-home and TrueCharts define, and people's own do not.
_LIBRARY = defer_pattern(
    r"\bdefine\s+[\"`](?:common\.controller\.pod[\"`]|common\.loader|bjw-s\.common\.|tc\.(?:v1\.)?common\.)"
)
_LEADS = defer_pattern(rf"\bkind:\s*[\"']?(?:{'|'.join(_LEADING)})\b")
_RUNS_PODS = defer_pattern(rf"\bkind:\s*[\"']?(?:{'|'.join((*POD_KINDS, *_LEADING))})\b")
# A value gives the whole kind, or the whole object.
_OPEN = defer_pattern(r"(?m)^(?:kind:\s*[\"']?\{\{|\{\{-?\s*(?:tpl|toYaml)\b(?![^}\n]*\bn?indent\b))")


class Rendered(NamedTuple):
    """The objects that a chart's templates render.

    reason: why some templates cannot be rendered; empty if all can. failed: the texts of those.
    """

    objects: list[Node]
    reason: str = ""
    failed: Sequence[Node] = ()


class ChartTemplates(NamedTuple):
    """The templates of a chart: its own, and those of charts in the repository whose names it may include.

    files: the chart's other files, by their paths in it, if a template reads some. defined: where each name
    is defined that they include.
    """

    folder: str
    own: list[Node]
    shared: list[Node]
    files: Mapping[str, Node]
    defined: Mapping[str, Node]

    @property
    def run_pods(self) -> bool:
        """Whether one of its own may make a kind that runs Pods or leads to some."""
        return any(map(self._may_run_pods, self.own))

    def _may_run_pods(self, text: Node) -> bool:
        """Tell whether a template holds such a kind, or may take it from another chart, a value or a file."""
        if _holds_pods(text) or _OPEN.search(text.text) or includes_any(text, self.defined, _holds_pods):
            return True
        files = self.files.values()
        if not _FILES.search(text.text):
            return False
        return len(files) > MAX_FILES or any(_RUNS_PODS.search(file.text) for file in files)

    @property
    def lead_on(self) -> bool:
        """Whether one of its own holds an object that applies others, such as an Application."""
        return any(_LEADS.search(text.text) for text in (*self.own, *self.files.values()))

    def make_data(self, values: Node, chart: Node, name: str, namespace: str) -> PartlyKnown:
        """Return what the templates see, without the values of subcharts; for the arguments see render."""
        about = {key[:1].upper() + key[1:]: value for key, value in chart.to_plain().items()}
        release = {
            "Name": name,
            "Namespace": namespace,
            "Service": "Helm",
            "IsInstall": True,
            "IsUpgrade": False,
            "Revision": 1,
        }
        data = PartlyKnown(
            Values=values.to_plain(nulls=False), Chart={"AppVersion": "", **about}, Release=release
        )
        if len(self.files) <= MAX_FILES:
            data["Files"] = ChartFiles({path: text.text for path, text in self.files.items()})
        return data

    def render(
        self,
        values: Node,
        chart: Node,
        name: str,
        namespace: str,
        budget: Budget,
        subcharts: Mapping[str, Node | None] | None = None,
    ) -> Rendered:
        """Return the objects of its own templates, each field at the value that it comes from.

        values: the chart's own, overridden by those of the release. chart: the mapping of Chart.yaml. name,
        namespace: those of the release. subcharts: the values of its dependencies, None for those that come
        packed. Failures count only in templates that hold a kind which runs Pods or leads to some, or may
        include it. Raises InputError where the budget is spent.
        """

        def pay(steps: int, text: int) -> None:
            budget.spend(chart, steps=steps, text=text)

        renderer = Renderer(HELM, pay)
        data = self.make_data(values, chart, name, namespace)
        data["Subcharts"] = {
            key: PartlyKnown() if node is None else PartlyKnown(Values=node.to_plain(nulls=False))
            for key, node in (subcharts or {}).items()
        }
        running = [text for text in self.files.values() if _RUNS_PODS.search(text.text)]
        asks_cluster = any("Capabilities" in text.text for text in (*self.own, *self.shared))
        render = render_for_any_cluster if asks_cluster else Renderer.render
        objects: list[Node] = []
        reason = ""
        failed: list[Node] = []
        # Helm calls a template by this name, and a checksum annotation includes a ConfigMap's by it.
        root = chart.text_at("name")
        names = {text.file: f"{root}/{os.path.relpath(text.file, self.folder)}" for text in self.own}
        for text in (*self.shared, *self.own):
            try:
                renderer.define(names.get(text.file, text.file), renderer.parse(text.text))
            except Undecidable:
                continue  # reported below if it matters
        for text in self.own:
            if os.path.basename(text.file).startswith("_"):
                continue
            try:
                data["Template"] = {"Name": names[text.file], "BasePath": f"{root}/{_TEMPLATES}"}
                filled = render(renderer, text.text, data)
                pay(len(filled) // _READ_IN_A_STEP, 0)
                made = _parse_objects(filled, Origins(values, text))
                objects += find_as_written(made, running) if _FILES.search(text.text) else made
            except (Undecidable, InputError) as error:
                if isinstance(error, InputError) and error.file == chart.file:
                    raise  # over the budget
                if self._may_run_pods(text):
                    template = os.path.basename(text.file)
                    reason = f"its template {template} cannot be filled in offline: {error}"
                    failed.append(text)
        return Rendered(objects, reason, failed)


def read_chart_templates(folder: str, files: Files, dependencies: Sequence[str] = ()) -> ChartTemplates:
    """Return the templates of the chart in a folder.

    dependencies: the folders of charts whose templates it may include.
    """
    shared = [text for dependency in dependencies for text in _read_templates(dependency, files)]
    own = _read_templates(folder, files)
    given = (
        read_chart_files(folder, files) if any(_FILES.search(text.text) for text in (*own, *shared)) else {}
    )
    return ChartTemplates(folder, own, shared, given, find_definitions((*shared, *own)))


def is_known_library(folder: str, files: Files) -> bool:
    """Tell whether the chart in a folder is a copy of a library whose charts vpnlint renders by itself."""
    return any(_LIBRARY.search(text.text) for text in _read_templates(folder, files))


def list_leading_objects(release: Node) -> list[Node]:
    """Return the objects that a release's chart makes and that apply others, such as Applications."""
    rendered = release.get("rendered", "objects")
    return [
        node
        for node in (rendered.list if rendered is not None else ())
        if node.text_at("kind") in _LEADING
        and node.text_at("apiVersion").startswith(_LEADING[node.text_at("kind")])
    ]


def _holds_pods(text: Node) -> bool:
    return _RUNS_PODS.search(text.text) is not None


def _read_templates(folder: str, files: Files) -> list[Node]:
    """Return the texts of a chart's templates, ordered by name."""
    texts: list[Node] = []
    waiting = [os.path.join(folder, _TEMPLATES)]
    while waiting and len(texts) < _MAX_FILES:
        place = waiting.pop()
        for name, is_folder in files.folder(place).items():
            path = os.path.join(place, name)
            if is_folder:
                waiting.append(path)
            elif name.endswith(_ENDINGS) and (text := files.content(path)) is not None:
                texts.append(text)
    return texts


def _parse_objects(text: str, origins: Origins) -> Iterator[Node]:
    for document in parse_documents(text, "helm", resolve=resolve_helm_scalar):
        if not isinstance(document, Document):
            raise Undecidable(f"its output is not YAML ({document.message})")
        if document.root.map:
            yield origins.place_object(document.root)


def keep_followed(made: Sequence[Resource], problems: list[InputError]) -> list[Resource]:
    """Return the objects of charts that may lead on; the first that is one chart too many is a problem."""
    beyond = next((item for item in made if item.charts > MAX_CHARTS), None)
    if beyond is not None:
        problems.append(beyond.node.error(_TOO_MANY))
    return [item for item in made if item.charts <= MAX_CHARTS]
