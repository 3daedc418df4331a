"""The dependencies of a chart: what it lists, where each is in the repository, which values it is passed.

Source: helm.sh/helm/v4 4.2.2, pkg/chart/v2/loader/load.go (requirements.yaml of charts of apiVersion v1; what
lies below charts/, but for names that begin with `_` or `.`), pkg/chart/v2/util/dependencies.go (conditions;
a chart below charts/ that nothing lists is a dependency, too). Tags and import-values are not followed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from vpnlint.files.chart_homes import PACKED, REQUIREMENTS
from vpnlint.files.discover import CHART
from vpnlint.gitops.helm_release.chart_files import Files
from vpnlint.gitops.helm_release.merge import read_values
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node

_FILE = "file://"


def list_dependencies(
    folder: str, chart: Node, content: Callable[[str], Node | None], files: Files | None
) -> Iterator[Node]:
    """Yield the dependencies of the chart in a folder, in the form of Chart.yaml.

    chart: the mapping of Chart.yaml. content: returns the text of a file. files: the repository's; without
    them only what is listed counts.
    """
    listed = chart.items("dependencies")
    older = content(os.path.join(folder, REQUIREMENTS)) if not listed else None
    if older is not None:
        listed = read_values(older).items("dependencies")
    yield from listed
    names = {dependency.text_at("name") for dependency in listed}
    packed = files.folder(os.path.join(folder, PACKED)) if files is not None else {}
    for name, is_folder in packed.items():
        home = os.path.join(folder, PACKED, name)
        text = content(os.path.join(home, CHART)) if is_folder else None
        if text is None or name.startswith(("_", ".")):
            continue
        below = read_values(text)
        title = below.text_at("name") or name
        # A repository of charts may have at its root the one that the others are based on.
        is_based = any(find_home(home, item, content) == folder for item in below.items("dependencies"))
        if title not in names and not is_based:
            fields = {"name": title, "repository": f"{_FILE}{PACKED}/{name}"}
            yield Node.make({key: Node.make(value, chart) for key, value in fields.items()}, chart)


def find_home(folder: str, dependency: Node, content: Callable[[str], Node | None]) -> str:
    """Return the folder of a dependency that is a chart of the repository; empty if it is none."""
    repository, name = dependency.text_at("repository"), dependency.text_at("name")
    place = repository.removeprefix(_FILE) if repository.startswith(_FILE) else os.path.join(PACKED, name)
    home = os.path.normpath(os.path.join(folder, place))
    if not name or os.path.isabs(place) or home == os.path.normpath(folder):
        return ""
    if content(os.path.join(home, CHART)) is not None:
        return home
    return _find_published(folder, dependency, content) if "://" in repository else ""


def _find_published(folder: str, dependency: Node, content: Callable[[str], Node | None]) -> str:
    """Return the folder of a library beside a chart that is of the version which is fetched elsewhere.

    Who publishes charts has their library in the same repository.
    """
    home = os.path.join(os.path.dirname(folder), dependency.text_at("name"))
    text = content(os.path.join(home, CHART))
    beside = read_values(text) if text is not None else None
    is_same = (
        beside is not None
        and beside.text_at("type") == "library"
        and all(beside.scalar_at(key) == dependency.scalar_at(key) for key in ("name", "version"))
    )
    return home if is_same else ""


def select_values(dependency: Node, values: Node, *, library: bool) -> Node | None:
    """Return the values that a chart passes to a dependency; None if its condition is false.

    library: it has no values of its own, but reads those of the chart that depends on it.
    """
    for condition in dependency.text_at("condition").split(","):
        switch = values.get(*condition.strip().split("."))
        if switch is not None and isinstance(switch.value, bool):
            if not switch.value:
                return None
            break
    if library:
        return values
    own = values.get(dependency.text_at("alias") or dependency.text_at("name"))
    if own is None or own.value is None:
        own = Node.make({}, values)
    shared = values.get("global")
    return put_value(own, ("global",), shared) if shared is not None and isinstance(own.value, dict) else own
