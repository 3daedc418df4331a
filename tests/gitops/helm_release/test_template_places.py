"""Where findings point in a chart of the repository: at what a person edits, not at what looks alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.repositories import lay_out
from tests.shipped import RULESET
from vpnlint.check import check

CLIENT = "lscr.io/linuxserver/qbittorrent"
PLACES = {
    "an image of two values": (
        f"image:\n  repository: {CLIENT}\n  tag: 5.1.2\n",
        '"{{ .Values.image.repository }}:{{ .Values.image.tag }}"',
        ("values.yaml", 2),
    ),
    "an image that is a value": (
        f"tag: 5.1.2\nimage: {CLIENT}:5.1.2\n",
        "{{ .Values.image }}",
        ("values.yaml", 2),
    ),
    "an image of which the tag is a value": (
        "tag: 5.1.2\n",
        f"{CLIENT}:{{{{ .Values.tag }}}}",
        ("pod.yaml", 6),
    ),
    "an image that is put together": (
        f"registry: lscr.io\nname: [{CLIENT.removeprefix('lscr.io/')}]\n",
        '{{ printf "%s/%s:5.1.2" .Values.registry (first .Values.name) }}',
        ("pod.yaml", 6),
    ),
    "an image that the template spells out, beside values that nobody reads": (
        f"image:\n  repository: {CLIENT}\n  tag: 5.1.2\n",
        f"{CLIENT}:5.1.2",
        ("pod.yaml", 6),
    ),
}
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: qb}
spec:
  containers:
    - name: app
      image: IMAGE
"""
GLUETUN = """\
    - name: gluetun
      image: ghcr.io/qdm12/gluetun:v3.41.3
      securityContext:
        capabilities: {add: [NET_ADMIN]}
      env:
        - name: BLOCK_IPV6
          value: "on" # to be safe
"""


@pytest.mark.parametrize(("values", "image", "place"), PLACES.values(), ids=PLACES)
def test_a_client_stands_where_its_image_is_chosen(
    values: str, image: str, place: tuple[str, int], tmp_path: Path
) -> None:
    files = {"qb/Chart.yaml": "name: qb\nversion: 1.0.0\n", "qb/values.yaml": values}
    files["qb/templates/pod.yaml"] = POD.replace("IMAGE", image)
    found = check([str(lay_out(tmp_path, files))], RULESET).findings
    (span,) = [one.span for one in found if one.rule == "no-vpn"]
    assert (Path(span.file).name, span.line) == place


def test_what_stands_on_no_line_of_its_own_is_shown_at_its_container(tmp_path: Path) -> None:
    """The template as a whole, which has no line for it, tells nobody anything."""
    files = {
        "qb/Chart.yaml": "name: qb\nversion: 1.0.0\n",
        "qb/templates/pod.yaml": POD.replace("IMAGE", f"{CLIENT}:5.1.2") + GLUETUN,
    }
    found = check([str(lay_out(tmp_path, files))], RULESET).findings
    lines = {one.rule: one.span.line for one in found}
    assert (lines["missing-tun-device"], lines["obsolete-vpn-env"]) == (8, 14)
