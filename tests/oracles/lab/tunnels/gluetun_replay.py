"""A replay of gluetun v3.41.1: the rules and routes that it made, around a WireGuard interface of its kind.

gluetun itself is in no registry that the lab uses. What it made in each configuration was captured once, in
this same topology, and is read in place; without that file there is no replay.
"""

from __future__ import annotations

import json
from typing import Any

from tests.checkout import ROOT
from tests.oracles.lab.processes import run
from tests.oracles.lab.topology import HOME
from tests.oracles.lab.tunnels import Place
from tests.oracles.lab.tunnels.wireguard import WireGuard

CAPTURE = ROOT.parent / "shared/lab/gluetun-rules.json"
# Priorities of the rules that every network namespace has
BUILT_IN = ("0", "32766", "32767")


class GluetunReplay(WireGuard):
    """Option `configuration`: which of the captured configurations is replayed."""

    device = "tun0"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        assert place.pod.address == HOME, "the captured rules name the public Pod's addresses"
        self.capture: dict[str, Any] = json.loads(CAPTURE.read_text())[place.options["configuration"]]

    def start(self) -> None:
        # gluetun's order: the firewall stands before the tunnel is tried.
        for family in ("iptables", "ip6tables"):
            rules = "\n".join(self.capture[family]) + "\n"
            run("home", f"{family}-restore", given=rules)
        self.program = self.connect()
        for option, rules in (("-4", self.capture["rules"]), ("-6", self.capture["rules6"])):
            for line in rules:
                priority, rule = line.split(":\t", 1)
                if priority not in BUILT_IN:
                    run("home", "ip", option, "rule", "add", "priority", priority, *rule.split())
        for route in self.capture["routes"]:
            words = route.removesuffix("pref medium").split()
            if "table" in words and "local" not in words:
                # Only an IPv6 route is shown with a metric when none was given.
                option = "-6" if "metric" in words else "-4"
                run("home", "ip", option, "route", "add", *words)
