"""VPNs that seem to carry a Pod's traffic and don't, and those that do."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.repositories import lay_out
from tests.shipped import RULESET
from vpnlint.check import check

CLIENT = "ghcr.io/home-operations/qbittorrent"
GLUETUN = "ghcr.io/qdm12/gluetun"


def release(values: str, chart: str = "app-template", version: str = "4.4.0") -> str:
    return f"""\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: qb, namespace: media}}
spec:
  chart: {{spec: {{chart: {chart}, version: {version}, sourceRef: {{kind: HelmRepository, name: bjw-s}}}}}}
  values:
    controllers:
      qb:
        containers:
          app: {{image: {{repository: {CLIENT}, tag: 5.2.3}}}}
{values}"""


def deployment(name: str, *images: str, namespace: str = "vpn") -> str:
    containers = ", ".join(f"{{name: c{number}, image: {image}}}" for number, image in enumerate(images))
    return f"""\
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{containers}]}}}}
"""


def messages(folder: Path, text: str) -> list[str]:
    (folder / "all.yaml").write_text(text, encoding="utf-8")
    return [one.message for one in check([str(folder)], RULESET).findings if one.rule == "no-vpn"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            release("    addons: {vpn: {enabled: true, type: gluetun}}\n"),
            "addons.vpn is there, which app-template 4.4.0",
        ),
        (release("    addons: {vpn: {enabled: false}}\n"), "addons.vpn is not enabled"),
        (release("    addons: {gluetun: {enabled: true}}\n"), "addons.gluetun is there"),
        (
            release(f"    additionalContainers: {{vpn: {{image: {{repository: {GLUETUN}}}}}}}\n"),
            "additionalContainers.vpn is there",
        ),
        (
            release(
                f"          tunnel: {{enabled: false, image: {{repository: {GLUETUN}, tag: v3.41.3}}}}\n"
            ),
            "controllers.qb.containers.tunnel is not enabled",
        ),
        (
            release(
                f"      vpn: {{containers: {{gluetun: {{image: {{repository: {GLUETUN}, tag: v3.41.3}}}}}}}}\n"
            ),
            "controllers.vpn.containers.gluetun is in another Pod",
        ),
        (
            release("") + deployment("gluetun", GLUETUN),
            "gluetun of Deployment vpn/gluetun is in a Pod of its own",
        ),
        (
            deployment("qb", CLIENT, namespace="media") + deployment("wg", "lscr.io/linuxserver/wireguard"),
            "wireguard of Deployment vpn/wg is in a Pod of its own",
        ),
    ],
)
def test_a_dead_vpn_is_named_with_the_reason(text: str, words: str, tmp_path: Path) -> None:
    (message,) = messages(tmp_path, text)
    assert words in message
    assert "has no VPN in its Pod" in message


@pytest.mark.parametrize(
    ("vpn", "words"),
    [
        # The chart makes variables of them, so it reads them.
        (
            "{pia: {enabled: false}, wireguard: {enabled: false, config: wg0}}",
            "vpn.pia is not enabled, and vpn.wireguard is not enabled",
        ),
        (
            "{pia: {enabled: false}, own: {enabled: true}}",
            "vpn is there, which qb 1.0.0 makes no container of with these values",
        ),
    ],
)
def test_a_charts_ways_to_run_a_vpn_are_named(vpn: str, words: str, tmp_path: Path) -> None:
    files = {
        "qb/Chart.yaml": "name: qb\nversion: 1.0.0\n",
        "qb/values.yaml": f"image: {CLIENT}\nvpn: {vpn}\n",
        "qb/templates/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: qb}\n"
        "spec: {containers: [{name: qb, image: '{{ .Values.image }}'}]}\n",
    }
    found = check([str(lay_out(tmp_path, files))], RULESET).findings
    (message,) = [one.message for one in found if one.rule == "no-vpn"]
    assert words in message


@pytest.mark.parametrize(
    "text",
    [
        release("    service: {vpn: {controller: qb, ports: {http: {port: 80}}}}\n"),
        # The VPN of another client is that one's.
        release("")
        + deployment("transmission", "lscr.io/linuxserver/transmission", GLUETUN, namespace="media"),
    ],
)
def test_what_is_no_vpn_or_another_clients_is_not_named(text: str, tmp_path: Path) -> None:
    assert all("nor a gateway or network" in message for message in messages(tmp_path, text))


def test_a_live_add_on_is_no_finding(tmp_path: Path) -> None:
    text = f"""\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: qb, namespace: media}}
spec:
  chart: {{spec: {{chart: app-template, version: 1.5.1, sourceRef: {{kind: HelmRepository, name: bjw-s}}}}}}
  values:
    image: {{repository: {CLIENT}, tag: 5.2.3}}
    addons: {{vpn: {{enabled: true, type: gluetun, env: {{VPN_TYPE: wireguard}}}}}}
"""
    assert messages(tmp_path, text) == []


PATCHED = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: q}\nspec:\n"
    "  initContainers: [{name: vpn, image: 'qmcgaw/gluetun:v3.41.3', restartPolicy: Always}]\n"
    "  containers: [{name: q, image: 'linuxserver/qbittorrent:5.2.3'}]\n"
)
DELETES = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: q}\nspec: {initContainers: [{name: vpn, $patch: delete}]}\n"
)
REMOVES = "- {op: remove, path: /spec/initContainers}\n"
KEEPS = "- {op: add, path: /spec/hostname, value: x}\n"


@pytest.mark.parametrize(
    ("patch", "said"),
    [
        (DELETES, ": vpn is taken out by the patch at patch.yaml:1"),
        (REMOVES, ": vpn is taken out by the patch at patch.yaml:1"),
        (KEEPS, ""),
    ],
)
def test_a_vpn_that_a_patch_takes_out(
    patch: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = "resources: [pod.yaml]\npatches: [{path: patch.yaml, target: {kind: Pod}}]\n"
    files = {"kustomization.yaml": listing, "pod.yaml": PATCHED, "patch.yaml": patch}
    monkeypatch.chdir(lay_out(tmp_path, files))
    found = [finding.message for finding in check(["."], RULESET).findings if finding.rule == "no-vpn"]
    assert [message.endswith(said) for message in found] == ([True] if said else [])
