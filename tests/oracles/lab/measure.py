"""One scenario from nothing to a verdict; lab.isolate runs it in namespaces of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.oracles.lab import suite
from tests.oracles.lab.clients import Client, Setup
from tests.oracles.lab.clients.curl import Curl
from tests.oracles.lab.clients.deluge import Deluge
from tests.oracles.lab.clients.names import Names
from tests.oracles.lab.clients.qbittorrent import QBittorrent
from tests.oracles.lab.clients.transmission import Transmission
from tests.oracles.lab.defences import Defence, filled
from tests.oracles.lab.detector import GRACE, Detector, Observation
from tests.oracles.lab.events import EVENTS, LIFE, life
from tests.oracles.lab.processes import cpu_seconds, run, wait_until
from tests.oracles.lab.scenario import Scenario
from tests.oracles.lab.swarm import Swarm
from tests.oracles.lab.topology import HOME_ADDRESSES, PODS, SWARM, TUNNEL_VPN, VPN, build, name_servers
from tests.oracles.lab.tracker import PORT
from tests.oracles.lab.tunnels import Place, Tunnel
from tests.oracles.lab.tunnels.containerboot import Containerboot
from tests.oracles.lab.tunnels.gluetun_captured import GluetunCaptured
from tests.oracles.lab.tunnels.gluetun_replay import GluetunReplay
from tests.oracles.lab.tunnels.openvpn import OpenVPN
from tests.oracles.lab.tunnels.pod_gateway import PodGateway
from tests.oracles.lab.tunnels.tailscale import Tailscale
from tests.oracles.lab.tunnels.wireguard import WireGuard
from tests.oracles.lab.verdict import BLOCKED, LEAK, TRAFFIC, TUNNEL, judge, of_cell
from tests.oracles.lab.windows import BEFORE, OPEN, STARTING

CLIENTS: dict[str, type[Client]] = {
    "qbittorrent": QBittorrent,
    "transmission": Transmission,
    "deluge": Deluge,
    "curl": Curl,
    "names": Names,
}
TUNNELS: dict[str, type[Tunnel]] = {
    "wireguard": WireGuard,
    "openvpn": OpenVPN,
    "pod-gateway": PodGateway,
    "gluetun-replay": GluetunReplay,
    "gluetun-captured": GluetunCaptured,
    "tailscale": Tailscale,
    "containerboot": Containerboot,
}

WINDOW, BEFORE_WINDOW = 10.0, 5.0
BETWEEN_KICKS = 2.5
# A question is answered at once or never; new ones show each change of resolv.conf and of the routes.
BETWEEN_NAMES, NAMES_WINDOW, NAMES_PATIENCE = 0.5, 4.0, 13.0
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
    """A scenario with the recipes of its tunnel, its defence and its client.

    Several events are told in one run (events.life).
    """

    scenario: Scenario
    tunnel: dict[str, Any]
    defences: list[dict[str, Any]]
    client: dict[str, Any]
    events: list[str]


class Run:
    """Everything that one run has: what is up and how to stir it."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.scenario = plan.scenario
        pod = PODS[plan.scenario.pod]
        build(pod)
        options = {name: value for name, value in plan.tunnel.items() if name != "kind"}
        name_servers([pod.resolver], pod.options)
        self.tunnel = TUNNELS[plan.tunnel["kind"]](Place(folder, pod, options))
        self.tunnel.prepare()
        words = {"device": self.tunnel.device, "address": self.tunnel.address, "endpoint": VPN}
        words["router"] = pod.router
        words["network"] = f"{pod.address.rpartition('.')[0]}.0/24"
        defence = Defence(filled(plan.defences, words))
        if defence.resolver_in_tunnel:
            name_servers([TUNNEL_VPN], pod.options)
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
            place=self.tunnel.clients,
        )
        self.client = CLIENTS[program](setup)
        self.started = False
        self.watching = False

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
        """Let the client have had its torrent for long, as on a volume: what it does is its own."""
        run("home", "nft", "-f", "-", given=NOTHING_OUT)
        self.start_client()
        # Transmission looks for data first, and would keep a torrent that it has not begun yet as paused.
        time.sleep(SETTLING)
        self.client.stop()
        run("home", "nft", "delete", "table", "inet", "before_all")

    def begin(self) -> None:
        """Open the next window now, so that what leaves at the very moment of an event is in it."""
        self.detector.reset()
        self.watching = True

    def answers(self) -> bool:
        """Whether anything comes back through the tunnel."""
        through = ("curl", "-s", "--max-time", "2", "--interface", self.tunnel.device)
        return bool(run("home", *through, f"http://{SWARM}:{PORT}/web/health", check=False))

    def watch(self, seconds: float, *, stir: bool) -> Observation:
        """See what happens for that long; stir the client if asked to, or if it says nothing by itself.

        Ends early once payload has reached the home itself.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if stir or not self.client.talks:
                self._kick()
            time.sleep(BETWEEN_NAMES if isinstance(self.client, Names) else BETWEEN_KICKS)
            # To look is much work, which only counts once the window may end.
            may_end = time.time() - self.detector.began > self._at_least
            if may_end and self._proven(observation := self.detector.observe()):
                return observation
        return self.detector.observe()

    def _kick(self) -> None:
        match self.scenario.traffic:
            case "fetch":
                self.client.fetch(self.swarm.address())
            case "dns" if isinstance(self.client, Names):
                self.client.look_up(self.swarm.new_name())
            case "dns":
                self.client.add(self.swarm.named_torrent())
            case "dht-names" if not self.started:
                time.sleep(GRACE)
                self._start()
                self.started = True
            case "ipv6" if isinstance(self.client, Curl):
                self.client.announce_over_ipv6()
            case "peers" | "ipv6":
                self.client.announce()

    @property
    def _at_least(self) -> float:
        """Seconds that a window lasts; names long enough to see who else is asked."""
        return GRACE + (NAMES_WINDOW if isinstance(self.client, Names) else BETWEEN_KICKS)

    def _proven(self, observation: Observation) -> bool:
        if isinstance(self.client, Names):
            # Longer only while nobody has been asked.
            return judge(TRAFFIC["dns"], observation) != BLOCKED
        if self.scenario.traffic in ("peers", "ipv6") and self.scenario.client != "curl":
            return bool(observation.seen.get("payload", {}).keys() & HOME_ADDRESSES)
        return judge(TRAFFIC[self.scenario.traffic], observation) == LEAK


def measure_plan(folder: Path, plan: Plan) -> dict[str, Any]:
    """Run the events: `events` has for each its verdict and what was seen in each of its windows.

    `cpu` are the seconds of a core that all of it took.
    """
    run = Run(plan, folder)
    phases: list[tuple[dict[str, Any], tuple[str, ...]]] = []
    # A client is left alone while it starts, and if that brought it into the tunnel: to stir it would cut its
    # connections.
    alone = False
    for phase, events in story(run, plan):
        if not run.watching:
            run.detector.reset()
        run.watching = False
        alone = phase in (STARTING, OPEN) or (alone and phases[-1][0]["verdict"] == TUNNEL)
        window = NAMES_PATIENCE if isinstance(run.client, Names) else WINDOW
        observation = run.watch(BEFORE_WINDOW if phase == BEFORE else window, stir=not alone)
        seen: dict[str, Any] = {
            "phase": phase,
            "verdict": judge(TRAFFIC[plan.scenario.traffic], observation),
        }
        if phase == STARTING:
            seen["first"] = run.detector.first(HOME_ADDRESSES, TRAFFIC[plan.scenario.traffic].contacts)
            wait_until(run.client.ready, plan.scenario.client)
        phases.append(({**seen, **asdict(observation), "tunnel": run.tunnel.state()}, events))
    results = {event: result([phase for phase, events in phases if event in events]) for event in plan.events}
    return {"events": results, "cpu": cpu_seconds()}


def story(run: Run, plan: Plan) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each phase of one event, or of several told as one, with the events that it belongs to."""
    if plan.client.get("shares") and set(plan.events) <= set(LIFE):
        yield from life(run)
    else:
        (event,) = plan.events
        yield from ((phase, (event,)) for phase in EVENTS[event](run))


def result(phases: list[dict[str, Any]]) -> dict[str, Any]:
    """An event's verdict and phases."""
    return {"verdict": of_cell([(phase["phase"], phase["verdict"]) for phase in phases]), "phases": phases}
