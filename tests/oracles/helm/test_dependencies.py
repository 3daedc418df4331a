"""A dependency of a chart in the repository gets the values that Helm passes it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests import libyaml
from tests.gitops.helm_release.test_local_chart import CHART, content
from tests.oracles.helm.scalar_answers import program
from vpnlint.gitops.helm_release.local_chart import read_chart_releases


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("qb: {a: 1}\n", {"a": 1, "use": None}),
        ("qb: {a: 1, use: false}\n", None),
        ("qb: {a: 1, use: false}\nx: {z: true}\n", {"a": 1, "use": False}),
        ("qb: {a: 1}\nx: {z: false}\n", None),
        ("qb: {a: 1}\nx: {z: other}\n", {"a": 1, "use": None}),
        ("app-template: {a: 1}\n", {"a": None, "use": None}),
    ],
)
def test_real_helm_passes_a_dependency_the_same_values(
    tmp_path: Path, values: str, expected: dict[str, object] | None
) -> None:
    helm = program("helm")
    if helm is None:
        pytest.skip("helm is not there: `make tools` builds it")
    chart = CHART.replace("{name: app-template,", "{name: app-template, alias: qb, condition: 'x.z,qb.use',")
    below = tmp_path / "charts" / "app-template"
    (below / "templates").mkdir(parents=True)
    (tmp_path / "Chart.yaml").write_text(chart)
    (tmp_path / "values.yaml").write_text(values)
    (below / "Chart.yaml").write_text("apiVersion: v2\nname: app-template\nversion: 4.4.0\n")
    (below / "templates" / "a.yaml").write_text("a: {{ toJson .Values.a }}\nuse: {{ toJson .Values.use }}\n")
    done = subprocess.run([helm, "template", "r", tmp_path], capture_output=True, text=True, check=True)
    assert libyaml.load(done.stdout) == expected
    found = list(read_chart_releases("", content({"Chart.yaml": chart, "values.yaml": values})))
    if expected is None:
        assert found == []
    else:
        (root,) = found
        own = root.get("spec", "values")
        assert own is not None
        assert {"a": None, "use": None} | own.to_plain() == expected
