"""A replay of gluetun over time, in a cluster's Pod: a real one's rules, routes and resolv.conf.

What gluetun v3.40.4 and v3.41.3 made was captured once with the real programs (shared/gluetun-measured.md)
and is read in place; without those files there is no replay. Where no capture has a combination of settings,
it is put together from two that have its parts. The resolver on 127.0.0.1 is a stand-in (module forwarder).
test_gluetun_replay holds the replay to what the real one was seen to do.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from tests.checkout import ROOT
from tests.oracles.lab.processes import LabError, Program, end, run, start
from tests.oracles.lab.topology import CLUSTER_HOME, RESOLV_CONF, SEARCH, name_servers
from tests.oracles.lab.tunnels import Place
from tests.oracles.lab.tunnels.gluetun_replay import BUILT_IN
from tests.oracles.lab.tunnels.wireguard import WireGuard

FOLDER = ROOT.parent / "shared/lab/gluetun"
RULES, NAMES = FOLDER / "rules.json", FOLDER / "dns.json"
# The networks of each outbound setting, and the captured ones among them
SUBNETS = {
    "unset": (),
    "cluster": ("10.42.0.0/16", "10.43.0.0/16"),
    "ten": ("10.0.0.0/8",),
    "public": ("203.0.113.0/24",),
}
PRIORITY_OF_SUBNETS, TABLE_OF_SUBNETS = "99", "199"
TABLES = (TABLE_OF_SUBNETS, "200", "51820")
# Between gluetun's firewall and its tunnel. The real one took 0.14 to 0.29 s (timing.json) and up to 1.8 s on
# a busy machine; here it is long enough that a look-up falls into it each time, and not by chance.
UNTIL_TUNNEL = 1.0
OWN = "127.0.0.1"


@dataclass(frozen=True)
class Moment:
    """Lines of iptables-save for both families, and the ip rules and routes, as they were at one moment."""

    tables: Mapping[str, Sequence[str]]
    rules: Mapping[str, Sequence[str]]
    routes: Sequence[str]


@cache
def captured() -> dict[str, Any]:
    """rules.json as it is."""
    document: dict[str, Any] = json.loads(RULES.read_text())
    return document


def moment(capture: str, name: str) -> Moment:
    """One moment of one capture."""
    document = captured()
    texts = {
        key: document["texts"][number]
        for key, number in document["captures"][capture]["moments"][name].items()
    }
    return Moment(
        tables={"iptables": texts["iptables"], "ip6tables": texts["ip6tables"]},
        rules={"-4": texts["rules"], "-6": texts["rules6"]},
        routes=texts["routes"],
    )


def with_subnets(plain: Moment, networks: Sequence[str]) -> Moment:
    """The same with the rules and routes that gluetun adds for outbound networks."""
    accepted = [f"-A OUTPUT -s {CLUSTER_HOME}/32 -d {network} -o eth0 -j ACCEPT" for network in networks]
    lines = list(plain.tables["iptables"])
    if ":OUTPUT DROP [0:0]" in lines:
        lines[-1:-1] = accepted
    # After SIGTERM the firewall's rules stay, and the ip rules and routes are gone.
    if not any("lookup 51820" in rule for rule in plain.rules["-4"]):
        return replace(plain, tables={**plain.tables, "iptables": lines})
    looked_up = [
        f"{PRIORITY_OF_SUBNETS}:\tfrom all to {network} lookup {TABLE_OF_SUBNETS}" for network in networks
    ]
    routes = [f"{network} via 10.42.0.1 dev eth0 table {TABLE_OF_SUBNETS}" for network in networks]
    return Moment(
        tables={**plain.tables, "iptables": lines},
        rules={**plain.rules, "-4": [*plain.rules["-4"], *looked_up]},
        routes=[*plain.routes, *routes],
    )


def resolvers(version: str, dns: str, subnets: str, firewall: str) -> list[list[list[str]]]:
    """The nameservers that resolv.conf listed one after the other, for each of gluetun's three starts.

    The first start, the one after SIGTERM, the one after SIGKILL.
    """
    wanted = {"version": version, "dns": dns, "firewall": firewall}
    networks = ",".join(SUBNETS[subnets])
    for record in json.loads(NAMES.read_text()):
        if (
            record["run"].startswith("dns-")
            and wanted.items() <= record.items()
            and (record["outbound_subnets"] or "") == networks
        ):
            begins = [event["t"] for event in record["events"] if event["ev"] == "gluetun-start"]
            found: list[list[list[str]]] = [[] for _ in begins]
            for written in record["resolv_conf"]:
                number = sum(written["s"] >= begin for begin in begins)
                if number and written["nameservers"] and written["search"]:
                    found[number - 1].append(written["nameservers"])
            return found
    raise LookupError(f"nobody measured gluetun {version} with {dns}, {subnets}, firewall {firewall}")


class GluetunCaptured(WireGuard):
    """Options: `version`, `dns`, `subnets`, `firewall` as in dns.json; `ipv6` if the tunnel carries it.

    With `rights` its commands run as that changes them. Gluetun itself tries iptables before all else, and
    exits where that may not add a rule (v3.41.3 cmd/gluetun/main.go, internal/firewall/support.go); so does
    this.
    """

    device = "tun0"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        assert place.pod.address == CLUSTER_HOME, "the captured rules name the addresses of the cluster's Pod"
        options = {"dns": "default", "subnets": "unset", "firewall": "on", **place.options}
        self.version, self.dns = options["version"], options["dns"]
        self.networks = SUBNETS[options["subnets"]]
        self.firewall = options["firewall"] == "on"
        # Public networks change nothing in resolv.conf.
        subnets = options["subnets"].replace("public", "unset")
        self.name_servers = resolvers(self.version, self.dns, subnets, options["firewall"])
        self.ended = ""
        self.refused = ""
        self.forwarder: Program | None = None

    def _moment(self, name: str) -> Moment:
        if not self.firewall:
            capture = f"{self.version}-fwoff"
        elif name == "firewall-on":
            capture = f"{self.version}-bad"
        else:
            capture = f"{self.version}-tunnel6" if self.ipv6 else f"{self.version}-default-unset-v6pod"
        return with_subnets(moment(capture, name), self.networks)

    def _apply(self, name: str) -> None:
        """Make the home's rules and routes those of that moment.

        A route through a tunnel that is not there is left out.
        """
        wanted = self._moment(name)
        for family, lines in wanted.tables.items():
            run("home", *self.rights, f"{family}-restore", given="\n".join(lines) + "\n")
        for option, rules in wanted.rules.items():
            for line in run("home", "ip", option, "rule").splitlines():
                priority = line.partition(":")[0]
                if priority not in BUILT_IN:
                    run("home", "ip", option, "rule", "delete", "priority", priority)
            for line in rules:
                priority, rule = line.split(":\t", 1)
                if priority not in BUILT_IN:
                    run("home", "ip", option, "rule", "add", "priority", priority, *rule.split())
            for table in TABLES:
                run("home", "ip", option, "route", "flush", "table", table, check=False)
        for route in wanted.routes:
            words = route.removesuffix("pref medium").split()
            if "table" in words and "local" not in words and (self.program or self.device not in words):
                # Only an IPv6 route is shown with a metric when none was given.
                option = "-6" if "metric" in words else "-4"
                run("home", "ip", option, "route", "add", *words)

    def start(self) -> None:
        """Start as gluetun does: firewall, first resolv.conf, tunnel, last resolv.conf.

        After SIGKILL it finds its own ip rules, gives up before the tunnel, and tries again in vain (71 of 72
        restarts).
        """
        if self.rights:
            try:
                self._apply("firewall-on")
            except LabError as refused:
                self.refused = str(refused)
                return
        number = {"": 0, "SIGTERM": 1, "SIGKILL": 2}[self.ended]
        # What stands in resolv.conf at its start is what it takes for the local resolver.
        local = [
            word
            for line in RESOLV_CONF.read_text().splitlines()
            if line.startswith("nameserver ")
            for word in line.split()[1:]
        ]
        *first, last = self.name_servers[number] or [local]
        if self.ended == "SIGKILL":
            self._apply("restarted-after-SIGKILL")
            self._name(last)
            return
        if self.firewall and not self.ended:
            self._apply("firewall-on")
        for addresses in first:
            self._name(addresses)
        time.sleep(UNTIL_TUNNEL)
        self.program = self.connect()
        self._apply("restarted-after-SIGTERM" if self.ended else "tunnel-up")
        if self.dns not in ("off", "keep"):
            self._forward(local if self.version >= "v3.41" else [])
        self._name(last)

    def _name(self, addresses: Sequence[str]) -> None:
        name_servers(addresses, (SEARCH, "options ndots:5"))

    def _forward(self, local: Sequence[str]) -> None:
        command = [sys.executable, "-P", "-m", "tests.oracles.lab.forwarder", *local]
        log = self.place.folder / "forwarder.log"
        self.forwarder = start("home", command, log, {"PYTHONPATH": str(ROOT)})

    def crash(self) -> None:
        """SIGKILL: what it made stays, but for the tunnel and its resolver."""
        self._end(signal.SIGKILL)
        self.ended = "SIGKILL"

    def stop(self) -> None:
        """SIGTERM: it takes its own ip rules and the tunnel away, and leaves firewall and resolv.conf."""
        self._end(signal.SIGTERM)
        self.ended = "SIGTERM"
        self._apply("after-SIGTERM")

    def _end(self, number: signal.Signals) -> None:
        for program in filter(None, (self.forwarder, self.program)):
            end(program, number)
        self.forwarder = self.program = None

    def state(self) -> dict[str, str | int]:
        """The nameservers in resolv.conf, and what iptables refused."""
        listed = [
            line.split()[1] for line in RESOLV_CONF.read_text().splitlines() if line.startswith("nameserver")
        ]
        refused = {"iptables": self.refused.rpartition(": ")[2]} if self.refused else {}
        return {"nameservers": ", ".join(listed), **refused}
