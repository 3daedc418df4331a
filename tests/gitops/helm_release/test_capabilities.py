"""What a template asks of the cluster is known where every cluster gives the same answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.helm_release.test_chart_templates import DEPLOYMENT, run

VERSION = ".Capabilities.KubeVersion.GitVersion"
HELPER = """\
{{- define "common.capabilities.kubeVersion" -}}
{{- default .Capabilities.KubeVersion.Version .Values.kubeVersion -}}
{{- end -}}
{{- define "api" -}}
{{- $version := include "common.capabilities.kubeVersion" . -}}
{{- if and (not (empty $version)) (semverCompare "<1.14-0" $version) -}}extensions/v1beta1
{{- else -}}apps/v1{{- end -}}
{{- end -}}
"""


@pytest.mark.parametrize(
    ("version", "is_known"),
    [
        (
            f'{{{{ if semverCompare ">=1.9-0" {VERSION} }}}}apps/v1{{{{ else }}}}apps/v1beta2{{{{ end }}}}',
            True,
        ),
        (
            '{{ if .Capabilities.APIVersions.Has "apps/v1" }}apps/v1{{ else }}extensions/v1beta1{{ end }}',
            True,
        ),
        ('{{ if .Capabilities.APIVersions.Has "extensions/v1beta1" }}a/v1{{ else }}apps/v1{{ end }}', True),
        (
            '{{ if .Capabilities.APIVersions.Has "extensions/v1beta1/Deployment" }}a{{ else }}apps/v1{{ end }}',
            True,
        ),
        ('{{ include "api" . }}', True),
        (f'{{{{ if semverCompare ">=1.40-0" {VERSION} }}}}apps/v2{{{{ else }}}}apps/v1{{{{ end }}}}', False),
        ('{{ if .Capabilities.APIVersions.Has "a.example.org/v1" }}a/v1{{ else }}apps/v1{{ end }}', False),
        ('{{ if .Capabilities.APIVersions.Has "apps/v1/Some" }}a/v1{{ else }}apps/v1{{ end }}', False),
        ("apps/v1 # {{ .Capabilities.KubeVersion.Version }}", False),
        ("apps/v1 # {{ .Capabilities.HelmVersion.Version }}", False),
    ],
)
def test_a_deployment_is_known_if_it_is_the_same_in_every_cluster(
    tmp_path: Path, version: str, is_known: bool
) -> None:
    files = {
        "qb/templates/_api.tpl": HELPER,
        "qb/templates/deployment.yaml": DEPLOYMENT.replace("apiVersion: apps/v1", f"apiVersion: {version}"),
    }
    (workload,) = run(tmp_path, files)
    assert (workload.object is not None) is is_known
    assert workload.object is None or workload.object.text_at("apiVersion") == "apps/v1"
