"""What the report tests share: a folder with manifests, Results about it, golden files.

A golden file is written anew, instead of compared, when VPNLINT_UPDATE_GOLDEN is set:
`VPNLINT_UPDATE_GOLDEN=1 pytest tests/report`. Read the difference before committing it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from vpnlint.errors import InputError
from vpnlint.results.finding import Answer, Finding, Severity
from vpnlint.results.matrix import Cell
from vpnlint.results.result import JudgedWorkload, Result
from vpnlint.source.node import Span

MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: qbittorrent
spec:
  template:
    spec:
      containers:
        - name: gluetun
          image: qmcgaw/gluetun:v3.41.1
          env:
            - name: FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT
              value: "off"
"""


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    def compare(name: str, text: str) -> None:
        file = Path(__file__).parent / "golden" / name
        if os.environ.get("VPNLINT_UPDATE_GOLDEN"):
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "qb.yaml").write_text(MANIFEST, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    return "apps/qb.yaml"


@pytest.fixture
def finding() -> Callable[..., Finding]:
    def make(
        span: Span,
        message: str = "gluetun's firewall is switched off, so packets leave outside the tunnel",
        rule: str = "missing-kill-switch",
        severity: Severity = Severity.ERROR,
        answer: Answer = "deny",
        visible: bool = True,
        text: str = "remove the variable: the firewall is on by default",
    ) -> Finding:
        path = ("spec", "template", "spec", "containers", 0, "env", 0, "value")
        workload = "Deployment media/qbittorrent"
        return Finding(rule, severity, answer, message, text, span, path, workload, visible)

    return make


@pytest.fixture
def result(manifest: str, finding: Callable[..., Finding]) -> Result:
    """Findings of all kinds, a workload judged, one unknown, and problems."""
    findings = (
        finding(
            Span(manifest, 10, 18, 10, 40),
            "the image's tag is not a version",
            "floating-image-tag",
            Severity.WARNING,
            text="write the version as the tag",
        ),
        finding(Span(manifest, 13, 22, 13, 27)),
        finding(
            Span(manifest, 8, 7, 14, 1),
            "whether qBittorrent is bound to the tunnel lies in a volume",
            "unbound-interface",
            answer="doubt",
            text="set Session\\Interface=tun0 in its configuration",
        ),
        finding(
            Span("<stdin>", 3, 1, 3, 9),
            "a doubt that decides nothing",
            "no-vpn",
            answer="doubt",
            visible=False,
        ),
    )
    matrix = {"steady": {"peers": Cell("LEAK")}}
    workloads = (
        JudgedWorkload(manifest, 4, "Deployment", "media", "qbittorrent", "qbittorrent", "sidecar", matrix),
        JudgedWorkload(
            "apps/torrents/release.yaml",
            2,
            "HelmRelease",
            "",
            "torrents",
            "transmission",
            "unknown",
            reason="vpnlint does not know the chart homemade",
        ),
    )
    problems = (
        InputError("apps/broken.yaml", "not valid YAML: a tab", 7, 3),
        InputError("gone", "no such file"),
    )
    return Result(findings, workloads, problems, 12)
