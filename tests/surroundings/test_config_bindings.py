"""Tests the bindings of clients in configuration files and scripts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shipped import RULESET
from tests.surroundings.stand_ins import objects, pod
from vpnlint.surroundings.collect import collect_surroundings
from vpnlint.surroundings.config_formats import read_client_settings

CATALOG = RULESET.catalog
CONF = "/config/qBittorrent/qBittorrent.conf"
CLIENT = "{name: client, image: 'ghcr.io/home-operations/qbittorrent:5.1.2', volumeMounts: [%s]}"
VOLUMES = "volumes: [{name: v, configMap: {name: conf}}, {name: pvc, persistentVolumeClaim: {claimName: x}}]"
CONFIG = """
apiVersion: v1
kind: ConfigMap
metadata: {name: conf, namespace: downloads}
data:
  qBittorrent.conf: |
    [BitTorrent]
    Session\\Interface="tun0"
  bind.sh: |
    curl -d 'json={"current_network_interface": "wg0"}' http://localhost:8080/api/v2/app/setPreferences
"""


def files(spec: str, text: str = CONFIG) -> list[tuple[str, str, str]]:
    found: list[dict[str, Any]] = collect_surroundings(pod(spec), objects(text), CATALOG)["files"]
    return [(entry["name"], entry["value"], entry["read"]) for entry in found if entry["form"] != "runtime"]


def scripts(spec: str, text: str = CONFIG) -> list[tuple[str, str]]:
    found: list[dict[str, Any]] = collect_surroundings(pod(spec), objects(text), CATALOG)["files"]
    return [(entry["value"], entry["read"]) for entry in found if entry["form"] == "runtime"]


BOUND = [("Session\\Interface", "tun0", "yes")]


@pytest.mark.parametrize(
    ("mounts", "expected"),
    [
        (f"{{name: v, mountPath: {CONF}, subPath: qBittorrent.conf}}", BOUND),
        ("{name: v, mountPath: /config/qBittorrent}", BOUND),
        ("{name: v, mountPath: /tmp}", []),
        (f"{{name: v, mountPath: {CONF}, subPath: other}}", []),
        ("{name: pvc, mountPath: /config}", []),
    ],
)
def test_a_mounted_file(mounts: str, expected: list[tuple[str, str, str]]) -> None:
    assert files(f"{{containers: [{CLIENT % mounts}], {VOLUMES}}}") == expected


def test_items_and_projected_volumes() -> None:
    mount = "{name: v, mountPath: /config}"
    items = "items: [{key: qBittorrent.conf, path: qBittorrent/qBittorrent.conf}]"
    for volume in (
        f"configMap: {{name: conf, {items}}}",
        f"projected: {{sources: [{{configMap: {{name: conf, {items}}}}}]}}",
    ):
        assert files(f"{{containers: [{CLIENT % mount}], volumes: [{{name: v, {volume}}}]}}") == BOUND


def test_a_config_map_that_is_not_there_is_not_known() -> None:
    spec = f"{{containers: [{CLIENT % f'{{name: v, mountPath: {CONF}, subPath: qBittorrent.conf}}'}], {VOLUMES}}}"
    assert files(spec, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n") == [
        ("Session\\Interface", "", "unknown")
    ]


@pytest.mark.parametrize(
    ("script", "target", "expected"),
    [
        (f"cp /in/qBittorrent.conf {CONF}", "/config", BOUND),
        ("cp /in/* /config/qBittorrent/", "/config", BOUND),
        ("install -m 644 /in/qBittorrent.conf /data/qBittorrent/", "/data", BOUND),
        (
            f"[ -f {CONF} ] || cp /in/qBittorrent.conf {CONF}",
            "/config",
            [("Session\\Interface", "tun0", "unknown")],
        ),
        (f"cp -n /in/qBittorrent.conf {CONF}", "/config", [("Session\\Interface", "tun0", "unknown")]),
        ("cp /in/qBittorrent.conf /elsewhere/", "/config", []),
        ("cp /in/bind.sh /config/", "/config", []),
    ],
)
def test_a_copied_file(script: str, target: str, expected: list[tuple[str, str, str]]) -> None:
    init = f"{{name: i, image: busybox, command: [sh, -c, '{script}'], volumeMounts: [{{name: v, mountPath: /in}}, {{name: pvc, mountPath: {target}}}]}}"
    mount = "{name: pvc, mountPath: /config}"
    assert files(f"{{initContainers: [{init}], containers: [{CLIENT % mount}], {VOLUMES}}}") == expected


@pytest.mark.parametrize(
    ("command", "read"), [("[/scripts/bind.sh]", "yes"), ("[sleep, infinity]", "unknown")]
)
def test_a_script_of_a_config_map(command: str, read: str) -> None:
    helper = (
        f"{{name: helper, image: x, command: {command}, volumeMounts: [{{name: v, mountPath: /scripts}}]}}"
    )
    assert ("wg0", read) in scripts(f"{{containers: [{CLIENT % ''}, {helper}], {VOLUMES}}}")


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (
            "qBittorrent.conf",
            "[Preferences]\nConnection\\Interface=wg0 \n;x=1\n",
            {"Preferences/Connection\\Interface": "wg0"},
        ),
        (
            "settings.json",
            '{"bind-address-ipv4": "10.2.0.2", "port": 1}',
            {"bind-address-ipv4": "10.2.0.2", "port": "1"},
        ),
        ("core.conf", '{"file": 1, "format": 1}{"listen_interface": "tun0"}', {"listen_interface": "tun0"}),
        (
            "rtorrent.rc",
            "# c\nnetwork.bind_address.set = 10.2.0.2\n",
            {"network.bind_address.set": "10.2.0.2"},
        ),
        ("settings.json", "{broken", None),
    ],
)
def test_what_a_file_holds(file: str, text: str, expected: dict[str, str] | None) -> None:
    assert read_client_settings(text, file) == expected
