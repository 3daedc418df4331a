"""docs/lab.md's tables, made from docs/evidence: `python -m tests.oracles.lab.report` writes them."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tests.checkout import ROOT
from tests.oracles.lab import complete_run, real_gluetun
from tests.oracles.lab.complete_run import CompleteRun
from tests.oracles.lab.events import EVENTS
from tests.oracles.lab.evidence import measured, read
from tests.oracles.lab.scenario import Scenario
from tests.oracles.lab.topology import HOME_ADDRESSES
from tests.oracles.lab.verdict import BLOCKED, LEAK, TUNNEL
from tests.oracles.lab.windows import BEFORE, OPEN, STARTING, UP

PAGE = ROOT / "docs/lab.md"
REGION = re.compile(r"(<!-- lab: (?P<name>\S+) -->\n).*?(<!-- lab: end -->)", re.DOTALL)
SHOWN = {LEAK: "**LEAK**", BLOCKED: "blocked", TUNNEL: "tunnel", None: ""}


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = list(header)
    lines = [head, ["---"] * len(head), *(list(row) for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def matrix(document: dict[str, Any]) -> str:
    """One evidence: a row for each configuration and traffic, a column for each event that it tried."""
    events = [event for event in EVENTS if any(cell["event"] == event for cell in document["cells"])]
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for cell in document["cells"]:
        names = (cell["tunnel"], cell["pod"], cell["client"], cell["defence"], cell["traffic"])
        rows.setdefault(names, {})[cell["event"]] = cell["verdict"]
    pods = {pod for _, pod, *_ in rows} != {"public"}
    header = ["tunnel", *(["Pod's address"] if pods else []), "client", "defence", "traffic", *events]
    body = (
        [tunnel, *([pod] if pods else []), *rest, *(SHOWN[verdicts.get(event)] for event in events)]
        for (tunnel, pod, *rest), verdicts in rows.items()
    )
    days = (
        f"{date}: {', '.join(f'{name} {version}' for name, version in programs.items())}\n"
        for date, programs in sorted(document["programs"].items())
    )
    known = [cell["seconds"] for cell in document["cells"] if "seconds" in cell]
    took = (
        f"\nOne after the other, these took {sum(known):.0f} s.\n"
        if len(known) == len(document["cells"])
        else ""
    )
    return f"### {document['id']}\n\n{table(header, body)}\n{chr(10).join(days)}{took}"


def seed(verdicts: dict[Scenario, str]) -> str:
    """The table this project began with, beside what was measured."""

    def cell(event: str, client: str, defence: str = "none") -> str:
        return SHOWN[verdicts.get(Scenario("tailscale", defence, client, event, "peers"))]

    columns = (("curl", "none"), ("transmission", "none"), ("qbittorrent", "none"), ("qbittorrent", "bind"))
    told = {
        "exit-node-unset": ("exit node removed (`tailscale set --exit-node=`)", "LEAK"),
        "peer-unreachable": ("exit node offline", "BLOCKED"),
    }
    rows = [
        [what, said, *(cell(event, client, defence) for client, defence in columns)]
        for event, (what, said) in told.items()
    ]
    header = ["scenario", "said", "curl", "Transmission", "qBittorrent, unbound", "qBittorrent, bound"]
    events = ("steady", "peer-unreachable", "exit-node-unset", "vpn-crash")
    kill_switches = {
        "nft-naive": "accepts only `lo` and `tailscale0`",
        "nft-mark": "accepts also what carries tailscaled's mark",
    }
    walls = [
        [what, *(cell(event, "qbittorrent", defence) for event in events)]
        for defence, what in kill_switches.items()
    ]
    first = table(header, rows)
    return f"{first}\nCustom nftables kill switch (said: conflicts), qBittorrent unbound:\n\n" + table(
        ["rule set", *events], walls
    )


def private(document: dict[str, Any]) -> str:
    """What an unbound client sent from the home itself, by the tunnel's routes and the Pod's address."""
    rows = []
    for cell in document["cells"]:
        if cell["defence"] != "none":
            continue
        phases = [phase for phase in cell["phases"] if phase["phase"] != BEFORE]
        packets = sum(phase["packets"]["leak4"] for phase in phases)
        contacts = [sum(from_home(phase, kind) for phase in phases) for kind in ("announce", "payload")]
        names = [cell["tunnel"], cell["pod"], cell["client"], cell["event"]]
        rows.append([*names, SHOWN[cell["verdict"]], *map(str, [packets, *contacts])])
    header = ["tunnel", "Pod's address", "client", "event", "verdict"]
    return table([*header, "packets outside", "announces", "payload sightings"], sorted(rows))


def starts(documents: Iterable[dict[str, Any]]) -> str:
    """What each client behind gluetun's rules sent past them, by how far ahead it was started."""
    rows = []
    for cell in (cell for document in documents for cell in document["cells"]):
        phases = {phase["phase"]: phase for phase in cell["phases"]}
        if (
            (cell["tunnel"], cell["defence"]) == ("gluetun", "none")
            and STARTING in phases
            and BEFORE not in phases
        ):
            first = phases[STARTING]["first"]
            then = phases.get(OPEN, phases[UP])
            after = [then["packets"]["leak4"], from_home(then, "payload")]
            seen = ["" if first is None else f"{first:g} s", phases[STARTING]["packets"]["leak4"], *after]
            rows.append([cell["client"], cell["event"], SHOWN[cell["verdict"]], *map(str, seen)])
    header = ["client", "event", "verdict", "first seen at home after", "packets outside while starting"]
    return table([*header, "packets outside once all runs", "payload sightings then"], rows)


def from_home(phase: dict[str, Any], kind: str) -> int:
    """How often that kind of contact came from the home itself."""
    return sum(count for address, count in phase["seen"].get(kind, {}).items() if address in HOME_ADDRESSES)


def names_of_gluetun(document: dict[str, Any]) -> str:
    """Where names went behind gluetun: a row for each configuration, a column for each event."""
    events = [event for event in EVENTS if any(cell["event"] == event for cell in document["cells"])]
    rows: dict[tuple[str, ...], dict[str, str]] = {}
    for cell in document["cells"]:
        tunnel = cell["settings"]["tunnel"]
        names = (tunnel["version"], tunnel["firewall"], tunnel["dns"], tunnel["subnets"])
        rows.setdefault(names, {})[cell["event"]] = seen_by(cell)
    header = ["gluetun", "firewall", "DNS setting", "outbound subnets", *events]
    body = ([*names, *(found.get(event, "") for event in events)] for names, found in sorted(rows.items()))
    return table(header, body)


def seen_by(cell: dict[str, Any]) -> str:
    """A cell's verdict, and for a LEAK who saw the names."""
    if cell["verdict"] != LEAK:
        return SHOWN[cell["verdict"]]
    asked = [
        kind
        for phase in cell["phases"]
        if phase["verdict"] == LEAK
        for kind in phase["seen"]
        if kind.startswith("dns at ")
    ]
    if "dns at home" in asked:
        return "**LEAK**"
    return "**LEAK** to the cluster" if any("cluster" in kind for kind in asked) else "**LEAK**, unanswered"


def compared() -> str:
    """How much of what vpnlint predicts was measured, and how often."""
    # Only the page needs vpnlint itself.
    from tests.judge.predictions import compare

    found = compare()
    cells = [cell for document in read().values() for cell in document["cells"]]
    verdicts = Counter(cell["verdict"] for cell in cells)
    runs = [sum(cell["runs"].values()) for cell in cells]
    often = sum(number > 2 for number in runs)
    disagreeing = [cell for cell in cells if LEAK in cell["runs"] and len(cell["runs"]) > 1]
    rows = [
        ["scenarios measured", str(len(cells))],
        ["verdicts", ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())],
        ["measured once, twice, more often", f"{runs.count(1)}, {runs.count(2)}, {often}"],
        ["of these a LEAK in one run and none in another", str(len(disagreeing))],
        *durations(complete_run.read()),
        ["cells whose prediction was compared", str(found.number)],
        ["predicted as measured", str(len(found.equal))],
        ["predicted as safe as measured (blocked and tunnel differ)", str(len(found.as_safe))],
        ["predicted wrong", str(len(found.wrong))],
        ["on a condition that no manifest shows", str(len(found.conditional))],
        ["unknown to vpnlint", str(len(found.unknown))],
        *([f"no prediction: {reason}", str(number)] for reason, number in found.outside.most_common()),
    ]
    return table(["what", "number"], rows)


def durations(run: CompleteRun | None) -> list[list[str]]:
    """What the last run of everything took."""
    if not run:
        return []
    machine = f"{run.cores} cores, {run.at_a_time} runs at a time"
    return [
        [f"the last complete run, {run.date}: scenarios, runs", f"{run.scenarios}, {run.runs}"],
        [f"it took, on {machine}", f"{run.seconds / 60:.0f} min"],
        ["its programs took of a core, a run", f"{run.own_cpu / run.runs:.1f} s"],
        ["what else ran on the machine meanwhile took of a core", f"{run.other_cpu / run.seconds:.0%}"],
        ["scenarios that leaked, or did not leak, as never before, twice", str(len(run.unlike))],
        ["scenarios that came to no result", str(len(run.broken))],
    ]


def regions() -> dict[str, str]:
    """The text of each region of the page."""
    documents = read()
    return {
        "seed": seed(measured()),
        "private": private(documents["lab/wireguard-private-address"]),
        "starts": starts(
            documents[name] for name in ("lab/start-order-gluetun", "lab/start-order-newer-clients")
        ),
        **{
            f"real-{name}": table(head, rows)
            for name, (head, *rows) in real_gluetun.shown(json.loads(real_gluetun.FILE.read_text())).items()
        },
        "gluetun-dns": names_of_gluetun(documents["lab/gluetun-dns"]),
        "compared": compared(),
        "matrices": "\n".join(
            matrix(document) for document in documents.values() if document["id"] != "lab/gluetun-dns"
        ),
    }


def page(text: str) -> str:
    """The page with every region made anew."""
    made = regions()
    return REGION.sub(lambda match: f"{match[1]}{made[match['name']]}{match[3]}", text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
