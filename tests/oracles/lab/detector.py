"""The home's router as a witness: packets from the home by class, and whom tracker and seed saw."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.oracles.lab.processes import run
from tests.oracles.lab.topology import SWARM, SWARM6, TAILSCALE_PORTS, TUNNEL_VPN, VPN, WIREGUARD_PORT

CLASSES = ("leak4", "leak6", "dns", "tunnel", "other")
# Counted where the tunnel ends: questions that went into it, to an address where no resolver is.
ASTRAY = "astray"
# What the seed had buffered for a connection that is gone still counts as sent for this long.
GRACE = 2.0

TUNNEL_PORTS = ", ".join(str(port) for port in (WIREGUARD_PORT, *TAILSCALE_PORTS))
RULES = f"""table inet detector {{
{"".join(f"  counter {name} {{ }}{chr(10)}" for name in CLASSES)}
  chain pre {{
    type filter hook prerouting priority raw; policy accept;
    iifname != "to-home" return
    ip daddr 203.0.113.0/24 counter name leak4 return
    ip6 daddr 2001:db8:3::/64 counter name leak6 return
    ip daddr {VPN} udp dport {{ {TUNNEL_PORTS} }} counter name tunnel return
    meta l4proto {{ tcp, udp }} th dport {{ 53, 853 }} counter name dns return
    meta protocol ip counter name other
  }}
}}
"""
RULES_OF_VPN = f"""table inet detector {{
  counter {ASTRAY} {{ }}
  chain pre {{
    type filter hook prerouting priority raw; policy accept;
    iifname != "eth0" ip daddr 10.0.0.0/8 ip daddr != {TUNNEL_VPN} udp dport 53 counter name {ASTRAY}
  }}
}}
"""

Sightings = dict[str, dict[str, int]]


class Sighting(NamedTuple):
    """One contact that one of the swarm's programs or a resolver wrote down."""

    time: float
    kind: str
    address: str
    place: str = ""


@dataclass(frozen=True)
class Observation:
    """What was seen in one window: packets by class, and kind of contact → address → how often.

    Names are also counted by the resolver that saw them, as `dns at PLACE`: whoever asked it, the home or
    another resolver.
    """

    packets: dict[str, int]
    seen: Sightings


class Detector:
    """Counts from `reset` on. `records` is the folder where the swarm's programs write what they see."""

    def __init__(self, records: Path) -> None:
        self.records = records
        self.began = 0.0
        run("isp", "nft", "-f", "-", given=RULES)
        run("vpn", "nft", "-f", "-", given=RULES_OF_VPN)

    def reset(self) -> None:
        """Begin a new window."""
        self.began = time.time()
        for place in ("isp", "vpn"):
            run(place, "nft", "reset", "counters", "table", "inet", "detector")

    def observe(self) -> Observation:
        """Everything since `reset`; sightings only after the grace, packets from the first on."""
        counters = []
        for place in ("isp", "vpn"):
            listing = run(place, "nft", "--json", "list", "counters", "table", "inet", "detector")
            counters += [entry["counter"] for entry in json.loads(listing)["nftables"] if "counter" in entry]
        seen: dict[str, Counter[str]] = {}
        for sighting in self._sightings(self.began + GRACE):
            kinds = [sighting.kind] if sighting.kind != "forwarded" else []
            for kind in [*kinds, *([f"dns at {sighting.place}"] if sighting.place else [])]:
                seen.setdefault(kind, Counter())[sighting.address] += 1
        return Observation(
            packets={counter["name"]: counter["packets"] for counter in counters},
            seen={kind: dict(counts) for kind, counts in seen.items()},
        )

    def first(self, addresses: Collection[str], kinds: Collection[str]) -> float | None:
        """Seconds from `reset` until one of these addresses was seen in a contact of these kinds.

        None when none was.
        """
        sightings = self._sightings(self.began)
        times = [found.time for found in sightings if found.address in addresses and found.kind in kinds]
        return round(min(times) - self.began, 1) if times else None

    def _sightings(self, since: float) -> Iterator[Sighting]:
        for file in self.records.glob("*.jsonl"):
            for line in file.read_text().splitlines():
                record = json.loads(line)
                address = record["source"].removeprefix("::ffff:")
                if record["time"] >= since and address not in {SWARM, SWARM6}:
                    yield Sighting(record["time"], record["kind"], address, record.get("place", ""))
