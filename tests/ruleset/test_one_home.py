"""What is known of one program stands in its own file, and what several places use stands in one of them."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import RULES
from tests.shipped import RULESET
from tests.surroundings.stand_ins import objects, roots
from vpnlint.ruleset.view import read_view
from vpnlint.source.node import Node
from vpnlint.surroundings import NO_SURROUNDINGS
from vpnlint.surroundings.pod_gateway_addon import judge_addon_firewall
from vpnlint.surroundings.public_internet import opens_internet

SOFTWARE = RULESET.catalog.constant["software"]
# Rules that are about one program, and those whose advice names one as an example.
ABOUT = {
    "bound-to-absent-interface": {"gluetun", "tailscale"},
    "broken-port-command": {"gluetun"},
    "dns-outside-tunnel": {"gluetun"},
    "ephemeral-vpn-state": {"tailscale"},
    "inline-vpn-secret": {"openvpn"},
    "missing-state-token": {"tailscale"},
    "no-exit-node": {"tailscale"},
    "no-vpn": {"gluetun", "tailscale"},
    "open-control-server": {"gluetun"},
    "opened-vpn-firewall": {"gluetun"},
    "over-privileged-vpn": {"expressvpn"},
    "port-forward-not-synced": {"gluetun"},
    "replicated-vpn-identity": {"gluetun", "tailscale", "wireguard"},
    "service-port-not-opened": {"gluetun"},
    "swallowed-vpn-gateway": {"gluetun", "wireguard"},
    "unknown-firewall-mode": {"tailscale"},
    "unreliable-vpn-probe": {"gluetun"},
    "userspace-tailscale": {"tailscale"},
    "wireguard-rule-left": {"gluetun", "wireguard"},
}
# Parts of the leak matrix that were measured with one client, by its name.
MEASURED_CLIENTS = {"qbittorrent", "deluge", "transmission"}


def named(text: str) -> set[str]:
    """Return the programs whose id or title a text names as a word."""
    words = set(re.findall(r"[a-z0-9+-]+", text.lower()))
    return {name for name, entry in SOFTWARE.items() if {name, entry["title"].lower()} & words}


@pytest.mark.parametrize("rule", RULESET.rules, ids=lambda rule: rule.id)
def test_only_a_rule_about_one_program_names_it(rule: Any) -> None:  # noqa: ANN401  (a Rule)
    asked = [rule.when, *(text for _, text in rule.let)]
    for case in rule.cases:
        asked += [case.when, case.say, case.help, *case.at]
    # An environment variable's name is its own; the environment's names of programs are told by the settings'
    # meanings.
    assert named(" ".join(asked)) - ABOUT.get(rule.id, set()) == set()


def test_the_view_names_no_program() -> None:
    texts = [
        text for step in read_view("pod") for text in (step.expression, *(f.expression for f in step.fields))
    ]
    compared = [match for text in texts for match in re.findall(r'program [!=]= "([^"]+)"', text)]
    assert compared == []


def conditions(node: Node) -> Iterator[str]:
    for key, child in node.map.items():
        if key in ("when", "perhaps", "fits"):
            yield child.text
        yield from conditions(child)
    for child in node.list:
        yield from conditions(child)


def test_the_defences_compare_with_no_program_but_the_clients_that_were_measured() -> None:
    texts = [text for part in RULESET.compiled.defences.layers for text in conditions(part.source)]
    compared = {match for text in texts for match in re.findall(r'program [!=]= "([^"]+)"', text)}
    assert compared <= MEASURED_CLIENTS


def test_every_vpn_was_measured_as_a_tunnel_or_says_that_it_was_not() -> None:
    tunnels = {part.id for part in RULESET.compiled.defences.tunnels}
    measured = {name: entry["measured"] for name, entry in SOFTWARE.items() if entry["role"] == "vpn"}
    assert measured
    assert {name: tunnel for name, tunnel in measured.items() if tunnel not in {*tunnels, "none"}} == {}


def pod(value: str, name: str = "FIREWALL_OUTBOUND_SUBNETS") -> dict[str, Any]:
    """Return what the view sees of a Pod with Gluetun and this setting."""
    env = [{"name": name, "value": value}]
    clients = [{"name": "client", "image": "ghcr.io/home-operations/qbittorrent:5.1.4"}]
    gluetun = {"name": "gluetun", "image": "qmcgaw/gluetun:v3.41.3", "env": env}
    document = {"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [gluetun, *clients]}}
    data = {"object": document, "catalog": RULESET.catalog.constant, "around": NO_SURROUNDINGS}
    (seen,) = RULESET.compiled.view.find_pods(data)
    found: dict[str, Any] = seen
    return found


def some_networks() -> list[str]:
    chance = random.Random(5)
    made = [
        str(ip_network((chance.getrandbits(32), chance.randint(1, 32)), strict=False)) for _ in range(200)
    ]
    edges = [
        "10.0.0.0/8",
        "10.0.0.0/7",
        "172.31.255.255/32",
        "172.32.0.0/12",
        "198.18.0.0/15",
        "198.20.0.0/15",
    ]
    six = ["fd00::/8", "fc00::/6", "fe80::/10", "::1/128", "2001:db8::/32", "2600::/12", "2000::/3", "::/0"]
    return [*made, *edges, *six, "192.168.1.20/32"]


def test_networks_are_compared_as_they_are() -> None:
    texts = some_networks()
    settings = pod(",".join(texts))["vpns"][0]["settings"]
    (setting,) = [item for item in settings if item["name"] == "FIREWALL_OUTBOUND_SUBNETS"]
    ranges = {item["text"]: item for item in setting["ranges"]}
    assert set(ranges) == set(texts)
    reserved = [
        (item["version"], item["first"], item["last"]) for item in RULESET.catalog.constant["special"]
    ]
    for text, seen in ranges.items():
        network = ip_network(text)
        shift = network.max_prefixlen - 32
        first, last = int(network.network_address) >> shift, int(network.broadcast_address) >> shift
        assert (seen["version"], seen["first"], seen["last"]) == (network.version, first, last), text
        inside = any(v == network.version and a <= first and last <= b for v, a, b in reserved)
        assert seen["public"] == (not inside), text


@pytest.mark.parametrize(
    "text", ["198.18.0.0/15", "10.0.0.0/8", "fd00::/8", "8.0.0.0/8", "2600::/12", "172.0.0.0/8"]
)
def test_rules_and_policies_mean_the_same_by_public(text: str) -> None:
    settings = pod(text)["vpns"][0]["settings"]
    assert any(item["public"] for setting in settings for item in setting["ranges"]) == (
        opens_internet(text) == "yes"
    )


@pytest.mark.parametrize(
    "interface", ["tun0", "wg0", "tailscale0", "mullvad0", "nordlynx", "protonwire0", "proton0"]
)
def test_a_binding_and_a_command_that_binds_know_the_same_tunnels(interface: str) -> None:
    command = f'curl -d json={{"current_network_interface":"{interface}"}} http://127.0.0.1:8080/api/v2/app/setPreferences'
    document = {
        "kind": "Pod",
        "metadata": {"name": "a"},
        "spec": {
            "containers": [
                {"name": "set", "image": "busybox", "command": ["sh", "-c", command]},
                {"name": "client", "image": "ghcr.io/home-operations/qbittorrent:5.1.4"},
                {
                    "name": "bound",
                    "image": "ikatson/rqbit:9.0.1",
                    "env": [{"name": "RQBIT_BIND_DEVICE", "value": interface}],
                },
            ]
        },
    }
    data = {"object": document, "catalog": RULESET.catalog.constant, "around": NO_SURROUNDINGS}
    (seen,) = RULESET.compiled.view.find_pods(data)
    assert [client["binds"] for client in seen["clients"]] == ["runtime", "tunnel"]


@pytest.mark.parametrize("value", SOFTWARE["gluetun"]["settings"]["FIREWALL"]["off"])
@pytest.mark.parametrize(("tag", "name"), [("v3.38.0", "FIREWALL"), ("v3.41.3", None)])
def test_a_gateway_s_addon_is_off_by_what_the_catalogue_says(value: str, tag: str, name: str | None) -> None:
    name = name or "FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT"
    (values,) = roots(
        f"addons: {{vpn: {{enabled: true, type: gluetun, gluetun: {{image: {{tag: {tag}}}}}, env: {{{name}: '{value}'}}}}}}"
    )
    assert judge_addon_firewall(values, "vpn", objects(""), RULESET.catalog) == "no"


def test_no_other_file_lists_addresses_that_are_not_public() -> None:
    package = Path(RULES).parent / "vpnlint"
    texts = {path: path.read_text(encoding="utf-8") for path in package.rglob("*.py")}
    assert [
        path.name for path, text in texts.items() if "172.16.0.0/12" in text or '"10.0.0.0/8"' in text
    ] == []
    assert IPv4Network("172.16.0.0/12") in {ip_network(item) for item in _special()}


def _special() -> list[str]:
    text = (RULES / "catalog" / "networks.yaml").read_text(encoding="utf-8")
    return re.findall(r"(?m)^  - (\d\S+)$", text)
