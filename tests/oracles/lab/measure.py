"""One scenario from nothing to a verdict, in namespaces of its own.

Run by lab.isolate as `python -m tests.oracles.lab.measure FOLDER`, with the run as JSON on standard input and the result on output.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.oracles.lab import suite
from tests.oracles.lab.clients import Client, Setup
from tests.oracles.lab.clients.curl import Curl
from tests.oracles.lab.clients.deluge import Deluge
from tests.oracles.lab.clients.qbittorrent import QBittorrent
from tests.oracles.lab.clients.transmission import Transmission
from tests.oracles.lab.defences import Defence, filled
from tests.oracles.lab.detector import GRACE, Detector, Observation
from tests.oracles.lab.events import BEFORE, EVENTS, OPEN, STARTING
from tests.oracles.lab.processes import run, wait_until
from tests.oracles.lab.scenario import Scenario
from tests.oracles.lab.swarm import Swarm
from tests.oracles.lab.topology import HOME_ADDRESSES, PODS, SWARM, TUNNEL_VPN, VPN, build, name_server
from tests.oracles.lab.tracker import PORT
from tests.oracles.lab.tunnels import Place, Tunnel
from tests.oracles.lab.tunnels.containerboot import Containerboot
from tests.oracles.lab.tunnels.gluetun_replay import GluetunReplay
from tests.oracles.lab.tunnels.tailscale import Tailscale
from tests.oracles.lab.tunnels.wireguard import WireGuard
from tests.oracles.lab.verdict import LEAK, TRAFFIC, TUNNEL, judge, of_cell

CLIENTS: dict[str, type[Client]] = {
    "qbittorrent": QBittorrent,
    "transmission": Transmission,
    "deluge": Deluge,
    "curl": Curl,
}
TUNNELS: dict[str, type[Tunnel]] = {
    "wireguard": WireGuard,
    "gluetun-replay": GluetunReplay,
    "tailscale": Tailscale,
    "containerboot": Containerboot,
}

WINDOW, BEFORE_WINDOW = 10.0, 5.0
BETWEEN_KICKS = 2.5
SETTLING = 2.0
NOTHING_OUT = """table inet before_all {
  chain out {
    type filter hook output priority filter; policy drop;
    oifname "lo" accept
  }
}
"""


@dataclass(frozen=True)
class Plan:
    """A scenario with the recipes of its tunnel, its defence and its client."""

    scenario: Scenario
    tunnel: dict[str, Any]
    defences: list[dict[str, Any]]
    client: dict[str, Any]


class Run:
    """Everything that one run has: what is up and how to stir it."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.scenario = plan.scenario
        pod = PODS[plan.scenario.pod]
        build(pod)
        options = {name: value for name, value in plan.tunnel.items() if name != "kind"}
        self.tunnel = TUNNELS[plan.tunnel["kind"]](Place(folder, pod, options))
        self.tunnel.prepare()
        words = {"device": self.tunnel.device, "address": self.tunnel.address, "endpoint": VPN}
        defence = Defence(filled(plan.defences, words))
        name_server(TUNNEL_VPN if defence.resolver_in_tunnel else pod.router)
        self.swarm = Swarm(folder, pod)
        self.detector = Detector(self.swarm.records)
        defence.raise_walls()
        program = plan.client["program"]
        setup = Setup(
            folder,
            defence.client(program),
            defence.environment,
            dht=self.scenario.traffic == "dht-names",
            entrypoint=defence.entrypoint,
            user=defence.user,
            root=suite.folder() if "suite" in plan.client else None,
        )
        self.client = CLIENTS[program](setup)
        self.started = False

    def start_client(self) -> None:
        """Start the client with the torrent that this traffic needs, if any."""
        if self.scenario.traffic == "dht-names":
            # It asks for them once, when it starts: that has to be inside the window.
            return
        self._start()
        if torrent := self.swarm.torrents.get(self.scenario.traffic):
            self.client.add(torrent)

    def _start(self) -> None:
        self.client.launch()
        wait_until(self.client.ready, self.scenario.client)

    def give_torrent(self) -> None:
        """Let the client have had its torrent for long, as on a volume: whatever it does now, it does by itself."""
        run("home", "nft", "-f", "-", given=NOTHING_OUT)
        self.start_client()
        # Transmission looks for data first, and would keep a torrent that it has not begun yet as paused.
        time.sleep(SETTLING)
        self.client.stop()
        run("home", "nft", "delete", "table", "inet", "before_all")

    def answers(self) -> bool:
        """Whether anything comes back through the tunnel."""
        through = ("curl", "-s", "--max-time", "2", "--interface", self.tunnel.device)
        return bool(run("home", *through, f"http://{SWARM}:{PORT}/web/health", check=False))

    def watch(self, seconds: float, *, stir: bool) -> Observation:
        """See what happens for that long, and make the client talk if it is to be stirred or says nothing by itself.

        Ends early once payload has reached the home itself.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if stir or not self.client.talks:
                self._kick()
            time.sleep(BETWEEN_KICKS)
            if self._proven(observation := self.detector.observe()):
                return observation
        return self.detector.observe()

    def _kick(self) -> None:
        match self.scenario.traffic:
            case "fetch":
                self.client.fetch(self.swarm.address())
            case "dns":
                self.client.add(self.swarm.named_torrent())
            case "dht-names" if not self.started:
                time.sleep(GRACE)
                self._start()
                self.started = True
            case "peers" | "ipv6":
                self.client.announce()

    def _proven(self, observation: Observation) -> bool:
        if time.time() < self.detector.began + GRACE + BETWEEN_KICKS:
            return False
        if self.scenario.traffic in ("peers", "ipv6") and self.scenario.client != "curl":
            return bool(observation.seen.get("payload", {}).keys() & HOME_ADDRESSES)
        return judge(TRAFFIC[self.scenario.traffic], observation) == LEAK


def measure(plan: Plan, folder: Path) -> dict[str, Any]:
    """Run the scenario; its verdict, and what was seen in each window."""
    run = Run(plan, folder)
    phases: list[dict[str, Any]] = []
    story = EVENTS[plan.scenario.event](run)
    # A client is left alone while it starts, and if that brought it into the tunnel: to stir it would cut its connections.
    alone = False
    for phase in story:
        run.detector.reset()
        alone = phase in (STARTING, OPEN) or (alone and phases[-1]["verdict"] == TUNNEL)
        observation = run.watch(BEFORE_WINDOW if phase == BEFORE else WINDOW, stir=not alone)
        seen: dict[str, Any] = {
            "phase": phase,
            "verdict": judge(TRAFFIC[plan.scenario.traffic], observation),
        }
        if phase == STARTING:
            seen["first"] = run.detector.first(HOME_ADDRESSES, TRAFFIC[plan.scenario.traffic].contacts)
            wait_until(run.client.ready, plan.scenario.client)
        phases.append({**seen, **asdict(observation), "tunnel": run.tunnel.state()})
    verdict = of_cell([(phase["phase"], phase["verdict"]) for phase in phases])
    return {"verdict": verdict, "phases": phases}


if __name__ == "__main__":
    given = json.load(sys.stdin)
    plan = Plan(Scenario(**given["scenario"]), given["tunnel"], given["defences"], given["client"])
    json.dump(measure(plan, Path(sys.argv[1])), sys.stdout)
