"""What the real gluetun did that a replay can't do, as a digest: `python -m tests.oracles.lab.real_gluetun`.

It reads shared/lab/gluetun, the measurements of 28 November 2026 with v3.40.4 and v3.41.3, and writes
docs/measured/gluetun.json, which docs/lab.md shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from tests.checkout import ROOT
from tests.oracles.lab.tunnels.gluetun_captured import FOLDER

FILE = ROOT / "docs/measured/gluetun.json"
FIREWALL = "FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT"
# A stream of datagrams that follows the routing table, and the families of its packets on eth0
STREAM = {"IPv4": "udp 10.42.0.5->203.0.113.10:9999", "IPv6": "udp 2001:db8:1::5->2001:db8:3::10:9999"}

# Runs with another resolv.conf at the start, firewall on
OTHERS = {
    "x-v3.41.3-resolv127-unset": "`nameserver 127.0.0.1`, no search list; outbound subnets unset",
    "x-v3.41.3-resolv127search-cluster": "127.0.0.1 and the cluster's search list; outbound subnets: the cluster's",
    "x-v3.41.3-resolvpublic-unset": "1.1.1.1, no search list; outbound subnets unset",
    "x-v3.41.3-ndots1-cluster": "the cluster's resolver, `ndots:1`; outbound subnets: the cluster's",
    "x-v3.41.3-lan-cluster": "the cluster's resolver, search list with `lan`; outbound subnets: the cluster's",
}
MOMENTS = {"before": "before Gluetun", "steady": "steady", "vpn-crash (SIGKILL)": "vpn-crash"}


def digest() -> dict[str, Any]:
    """Return the digest of the measurements."""
    return {
        "server-dead": [server_dead(record) for record in read("server-dead.json")],
        "restarts": restarts(read("dns.json")),
        "seconds-to-drop": seconds_to_drop(read("timing.json")),
        "resolv-conf": {
            said: resolv_conf(record) for record in read("dns.json") if (said := OTHERS.get(record["run"]))
        },
    }


def read(name: str) -> list[dict[str, Any]]:
    """Return the runs of one file of measurements."""
    runs: list[dict[str, Any]] = json.loads((FOLDER / name).read_text())
    return runs


def server_dead(record: dict[str, Any]) -> dict[str, Any]:
    """Return what left eth0 of the routed stream while the server was dead, and how long that was watched."""
    (phase,) = [phase for phase in record["phases"] if phase["phase"] == "server dead"]
    return {
        "version": record["version"],
        "firewall": "off" if record["env"].get(FIREWALL) == "off" else "on",
        "seconds": phase["seconds"],
        "beside the tunnel": {family: phase["eth0"].get(name, 0) for family, name in STREAM.items()},
    }


def restarts(runs: Iterable[dict[str, Any]]) -> dict[str, dict[str, list[int]]]:
    """Return signal → version → how many restarts in the same Pod came up with a tunnel, of how many."""
    found: dict[str, dict[str, list[int]]] = {"SIGTERM": {}, "SIGKILL": {}}
    for record in runs:
        # Runs that delete gluetun's ip rules for it show the way out, not what it does.
        if record["run"].startswith("fix-"):
            continue
        for event in record["events"]:
            for number, versions in found.items():
                if event["ev"] == f"restarted-{number}-state":
                    counts = versions.setdefault(record["version"], [0, 0])
                    counts[0] += bool(event["tun0"])
                    counts[1] += 1
    return found


def seconds_to_drop(runs: Iterable[dict[str, Any]]) -> dict[str, dict[str, list[float]]]:
    """Return version → family → median, least and most seconds until the first packet is refused."""
    times: dict[str, dict[str, list[float]]] = {}
    for record in runs:
        if not record["pod_ipv6"]:
            continue
        for family, key in (("IPv4", "first_EPERM_v4"), ("IPv6", "first_EPERM_v6")):
            times.setdefault(record["version"], {}).setdefault(family, []).append(record[key])
    return {
        version: {family: [median(seconds), min(seconds), max(seconds)] for family, seconds in found.items()}
        for version, found in times.items()
    }


def resolv_conf(record: dict[str, Any]) -> dict[str, str]:
    """Return the verdict on names without a final dot at each moment that the page shows."""
    phases = {phase["phase"]: phase["relative"]["verdict"] for phase in record["phases"]}
    return {said: phases[name] for name, said in MOMENTS.items()}


def shown(found: dict[str, Any]) -> dict[str, Sequence[Sequence[str]]]:
    """Return the tables of the page, each with its header first."""
    dead = [["version", "firewall", "watched", "IPv4 packets beside the tunnel", "IPv6"]]
    for record in sorted(found["server-dead"], key=lambda record: (record["version"], record["firewall"])):
        beside = record["beside the tunnel"]
        row = [record["version"], record["firewall"], f"{record['seconds']:g} s", *map(str, beside.values())]
        dead.append(row)
    again = [["ended by", *found["restarts"]["SIGTERM"]]]
    for number, versions in found["restarts"].items():
        again.append([number, *(f"{up} of {runs} came up" for up, runs in versions.values())])
    drop = [["version", "IPv4 is shut after", "IPv6"]]
    for version, families in found["seconds-to-drop"].items():
        cells = (f"{middle:.2f} s ({least:.2f} to {most:.2f})" for middle, least, most in families.values())
        drop.append([version, *cells])
    names = [["resolv.conf at the start (v3.41.3)", *MOMENTS.values()]]
    names += [[said, *verdicts.values()] for said, verdicts in found["resolv-conf"].items()]
    return {"dead": dead, "again": again, "drop": drop, "names": names}


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(digest(), indent=1) + "\n")
