"""Tests whether the user's own rules open Gluetun's firewall again."""

from __future__ import annotations

import pytest

from tests.shipped import RULESET
from tests.surroundings.stand_ins import objects, pod
from vpnlint.surroundings.firewall_rules import find_firewall_rules

CATALOG = RULESET.catalog
SPEC = """{containers: [{name: gluetun, image: qmcgaw/gluetun:v3.41.3, volumeMounts: [
  {name: rules, mountPath: /iptables/post-rules.txt, subPath: post-rules.txt}]}], volumes: [{name: rules, VOLUME}]}"""


def rules(text: str, volume: str = "configMap: {name: rules}") -> list[dict[str, object]]:
    config = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: rules, namespace: downloads}}\ndata:\n  post-rules.txt: |\n    {text}\n"
    return find_firewall_rules(pod(SPEC.replace("VOLUME", volume)), objects(config), CATALOG)


@pytest.mark.parametrize(
    ("line", "opens"),
    [
        ("iptables -P OUTPUT ACCEPT", "yes"),
        ("iptables -I OUTPUT -o eth0 -j ACCEPT", "yes"),
        ("ip6tables -A OUTPUT -j ACCEPT", "yes"),
        ("iptables -A OUTPUT -d 0.0.0.0/0 -j ACCEPT", "yes"),
        ("iptables -F OUTPUT", "yes"),
        ("iptables --flush", "yes"),
        ("iptables -A OUTPUT -d 192.168.1.0/24 -j ACCEPT", "no"),
        ("iptables -A OUTPUT -o tun0 -j ACCEPT", "no"),
        ("iptables -A INPUT -i eth0 -p tcp --dport 8080 -j ACCEPT", "no"),
        ("# iptables -P OUTPUT ACCEPT", "no"),
        ("iptables ${RULES}", "unknown"),
    ],
)
def test_a_line_opens_the_firewall_or_does_not(line: str, opens: str) -> None:
    (found,) = rules(line)
    assert (found["container"], found["opens"]) == ("gluetun", opens)
    assert found["line"] == (line if opens == "yes" else "")


def test_rules_that_no_config_map_holds_are_not_among_them() -> None:
    assert rules("iptables -P OUTPUT ACCEPT", "secret: {secretName: rules}") == []


def test_rules_of_a_config_map_that_is_not_there_are_unknown() -> None:
    (found,) = find_firewall_rules(
        pod(SPEC.replace("VOLUME", "configMap: {name: rules}")), objects(""), CATALOG
    )
    assert found["opens"] == "unknown"
