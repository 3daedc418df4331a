"""However a manifest is written, the same Pod is judged, and the finding stands where the text is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import libyaml
from tests.manifests import UNGUARDED
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.ruleset.ruleset import Ruleset

ANCHORS = """\
x: &container
  name: qbittorrent
  image: ghcr.io/home-operations/qbittorrent:5.1.2
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      containers:
        - <<: *container
"""
PLAIN = libyaml.load(UNGUARDED)
FORMS: dict[str, tuple[bytes, int]] = {
    "unix": (UNGUARDED.encode(), 9),
    "windows": (UNGUARDED.replace("\n", "\r\n").encode(), 9),
    "mark": (UNGUARDED.encode("utf-8-sig"), 9),
    "utf-16": (UNGUARDED.encode("utf-16"), 9),
    "json": (json.dumps(PLAIN).encode(), 1),
    "json with tabs": (json.dumps(PLAIN, indent="\t").encode(), 12),
    "flow": (libyaml.dump(PLAIN, default_flow_style=True, width=1000).encode(), 1),
    "list": (f"kind: List\nitems:\n- {UNGUARDED.replace(chr(10), chr(10) + '  ')}".encode(), 11),
    "later": (f"# nothing\n---\na: é🚀\n...\n%YAML 1.2\n---\n{UNGUARDED}---\n".encode(), 15),
    "quoted": (UNGUARDED.replace("kind: Deployment", '"kind" : "Deployment"').encode(), 9),
    "anchors": (ANCHORS.encode(), 2),
}


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return RULESET


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("named", [True, False], ids=["named", "found"])
def test_a_manifest_is_judged_in_every_form(
    form: str, named: bool, ruleset: Ruleset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data, line = FORMS[form]
    Path("a.yaml").write_bytes(data)
    result = check(["a.yaml" if named else "."], ruleset)
    assert result.problems == ()
    (finding,) = [finding for finding in result.findings if finding.rule == "no-vpn"]
    assert finding.span.file == "a.yaml"
    # The rule may point at the container or at its image, which is the next line where lines are used.
    assert finding.span.line in (line, line + 1)
    rows = data.decode("utf-16" if form == "utf-16" else "utf-8-sig").splitlines()
    shown = rows[finding.span.line - 1][finding.span.column - 1 : finding.span.end_column - 1]
    assert shown.strip("\"'") in (
        "name",
        "image",
        "qbittorrent",
        PLAIN["spec"]["template"]["spec"]["containers"][0]["image"],
    )
