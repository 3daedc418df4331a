"""The leak matrix of a Pod: what happens to each kind of traffic in each scenario, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any, TypeAlias

from vpnlint.results.matrix import Cell, Guard, Route
from vpnlint.ruleset.defences import IPV6, NAMES, Defences, Layer, Measured, Situation

Matrix: TypeAlias = dict[str, dict[str, Cell]]

_PERHAPS, _CERTAIN, _FITS = 1, 2, 4
_SAFE = {"tunnel", "blocked"}
_NOT_MEASURED = Cell("unknown", "nobody has measured it")
_THE_VPN, _THE_INTERFACE = "the VPN", "the tunnel's interface"
# A dual-stack repository may say so in dozens of Services.
_MOST_PLACES = 2
_WORST = ("LEAK", "unknown", "outside", "tunnel", "blocked")


def list_routes(
    pod: Mapping[str, Any],
    statuses: Sequence[Sequence[int]],
    answers: Mapping[str, int],
    defences: Defences,
) -> tuple[Route, ...]:
    """Return the way of each client's packets in a Pod of the view, with the client's own matrix.

    statuses: for each client what Defences.program says. answers: rule → its answer about this Pod (2: deny,
    1: doubt).
    """
    return tuple(
        _Client(pod, client, status, answers, defences).route()
        for client, status in zip(pod["clients"], statuses, strict=True)
    )


def merge_matrices(routes: Sequence[Route], defences: Defences) -> Matrix:
    """Return the matrix of the whole Pod: scenario → traffic → the worst Cell of any client."""
    worst: Matrix = {}
    for route in routes:
        for scenario, cells in route.matrix.items():
            row = worst.setdefault(scenario, {})
            for traffic, cell in cells.items():
                row[traffic] = min(row.get(traffic, cell), cell, key=rank_cell)
    return {scenario: worst[scenario] for scenario in defences.scenarios if scenario in worst}


def rank_cell(cell: Cell) -> tuple[int, bool]:
    """Return a key that sorts the worst first, and a certain LEAK before a possible one."""
    return _WORST.index(cell.verdict), bool(cell.condition)


class _Client:
    """One client, with what is in force around it."""

    def __init__(
        self,
        pod: Mapping[str, Any],
        client: Mapping[str, Any],
        status: Sequence[int],
        answers: Mapping[str, int],
        defences: Defences,
    ) -> None:
        self.defences = defences
        self.sends, self.program = client["traffic"], client["program"]
        self.status = {part.id: value & 3 for part, value in zip(defences.layers, status, strict=True)}
        self.fits = {part.id for part, value in zip(defences.layers, status, strict=True) if value & _FITS}
        for part in defences.layers:
            if part.rule:
                self.status[part.id] = answers.get(part.rule, 0)
        vpn: Mapping[str, Any] = next(iter(pod["vpns"]), {})
        known = client["program"] in client["name"]
        self.words = {
            "client": client["name"] if known else client["program"],
            "vpn": vpn.get("name", _THE_VPN) if vpn.get("role") == "vpn" else _THE_VPN,
            "interface": next(iter(vpn.get("interfaces", [])), _THE_INTERFACE),
            "declared": next((entry["summary"] for entry in pod["around"]["outside"]), ""),
        }
        self.families = _describe_families(pod["around"]["families"])

    def matrix(self) -> Matrix:
        """Return the Cells of all scenarios that there are behind the tunnels it may be."""
        scenarios = {
            scenario
            for tunnel in _candidates(self.defences.tunnels, self.status)
            for scenario, _ in self.defences.find_cells(tunnel, self._setting(tunnel.id))
        }
        return {
            scenario: {traffic: self._cell(scenario, traffic) for traffic in self.defences.traffic}
            for scenario in self.defences.scenarios
            if scenario in scenarios
        }

    def route(self) -> Route:
        """Return the client's way: the tunnels that it may be, and the defences that stop any traffic."""
        tunnels = _candidates(self.defences.tunnels, self.status)
        setting = self._setting(tunnels[0].id)
        guards = []
        for part in self.defences.defences:
            blocks = self._blocked_by(part, setting) if self.status[part.id] else {}
            if blocks and part.unless not in {tunnel.rule for tunnel in tunnels if tunnel.rule}:
                guards.append(Guard(part.id, self.status[part.id] == _CERTAIN, blocks))
        vpn, interface = self.words["vpn"], self.words["interface"]
        return Route(
            client=self.words["client"],
            vpn="" if vpn == _THE_VPN else vpn,
            interface="" if interface == _THE_INTERFACE else interface,
            tunnels=tuple(tunnel.id for tunnel in tunnels),
            guards=tuple(guards),
            matrix=self.matrix(),
        )

    def _blocked_by(self, part: Layer, setting: Situation) -> dict[str, tuple[str, ...]]:
        """Return traffic → the scenarios in which a part stops it."""
        table = self.defences.find_cells(part, setting)
        found: dict[str, tuple[str, ...]] = {}
        for traffic in self.defences.traffic:
            stopped = [
                scenario
                for scenario in self.defences.scenarios
                if (measured := table.get((scenario, traffic))) and measured.verdict == "blocked"
            ]
            if stopped:
                found[traffic] = tuple(stopped)
        return found

    def _setting(self, tunnel: str, resolver: str = "") -> Situation:
        return Situation(tunnel, resolver, self.sends, self.program)

    def _cell(self, scenario: str, traffic: str) -> Cell:
        cell = self._settled(scenario, traffic, self.status)
        if traffic == IPV6 and cell.verdict != "unknown":
            cell = cell._replace(settled_by=self.families)
        if cell.verdict != "LEAK":
            return cell
        happens = self.defences.seen_by.get(cell.seen_by, self.defences.traffic[traffic])
        because = f"{self.defences.scenarios[scenario]}, {happens}, because {cell.reason}"
        return cell._replace(reason=self._text(because), change=self._text(self._change(scenario, traffic)))

    def _settled(self, scenario: str, traffic: str, status: Mapping[str, int]) -> Cell:
        """Return the cell that everything untold agrees on, or the worst with its condition."""
        unsure = self._unsure(scenario, traffic, status)
        outcomes: dict[tuple[bool, ...], Cell] = {}
        for chosen in product((False, True), repeat=len(unsure)):
            settled = {part.id: _CERTAIN * on for part, on in zip(unsure, chosen, strict=True)}
            outcomes[chosen] = self._outcome(scenario, traffic, {**status, **settled})
        usual = outcomes[(False,) * len(unsure)]
        if len({_kind(cell) for cell in outcomes.values()}) == 1:
            return outcomes[tuple(part in self.defences.tunnels for part in unsure)]
        return self._depends(usual, unsure, outcomes)

    def _unsure(self, scenario: str, traffic: str, status: Mapping[str, int]) -> list[Layer]:
        """Return the parts that may be in force and may matter to the cell."""
        named = self.defences.resolvers if traffic == NAMES else ()
        parts = [*_candidates(self.defences.tunnels, status), *_candidates(named, status)]
        waiting = [self.defences.gate] if scenario == "start-up" else []
        moments = {scenario, "steady"} if waiting else {scenario}
        parts += waiting + [
            part for part in self.defences.defences if traffic in part.traffic and moments & part.scenarios
        ]
        return [part for part in parts if status[part.id] == _PERHAPS]

    def _outcome(self, scenario: str, traffic: str, status: Mapping[str, int]) -> Cell:
        """Return the cell where every part that matters is known to be in force or not."""
        certain = {identity for identity, value in status.items() if value == _CERTAIN}
        # A client that waits until the VPN is up meets start-up as it meets steady.
        at = ("steady" if scenario == "start-up" and self.defences.gate.id in certain else scenario, traffic)
        tunnel = next(part for part in self.defences.tunnels if part.id in certain)
        named = self.defences.resolvers if traffic == NAMES else ()
        resolver = [part for part in named if part.id in certain][:1]
        setting = self._setting(tunnel.id, *(part.id for part in resolver))
        for part in (*self.defences.defences, *resolver, tunnel):
            if part.unless and part.unless == tunnel.rule:
                continue
            if part.id in certain and (measured := self.defences.find_cells(part, setting).get(at)):
                return self._measured(measured, part)
        return _NOT_MEASURED

    def _depends(
        self, usual: Cell, unsure: Sequence[Layer], outcomes: Mapping[tuple[bool, ...], Cell]
    ) -> Cell:
        """Return the worst cell there may be, with the condition that only the user can tell."""
        alone = {part: outcomes[tuple(other is part for other in unsure)] for part in unsure}
        changing = [part for part, cell in alone.items() if _kind(cell) != _kind(usual)]
        worst = min((usual, *alone.values(), *outcomes.values()), key=rank_cell)
        word = "unless" if _kind(usual) == _kind(worst) else "if"
        joined = " or ".join(
            part.condition + (", which nobody has measured" if alone[part].verdict == "unknown" else "")
            for part in changing
        )
        condition = f"{word} {joined or ' and '.join(part.condition for part in unsure)}"
        return worst._replace(reason=self._text(worst.reason), condition=self._text(condition))

    def _change(self, scenario: str, traffic: str) -> str:
        """Return the smallest change after which the cell leaks no more; empty where none is known."""
        status = self.status
        named = self.defences.resolvers if traffic == NAMES else ()
        for part in (*_candidates(self.defences.tunnels, status), *_candidates(named, status)):
            if part.change and status[part.id] == _CERTAIN:
                return part.change
        known = {part.id: part for part in self.defences.layers}
        fitting = [name for name in self.defences.proposals if name in self.fits and status[name] != _CERTAIN]
        for size in (1, 2):
            for names in combinations(fitting, size):
                cell = self._settled(scenario, traffic, {**status, **dict.fromkeys(names, _CERTAIN)})
                if cell.verdict in _SAFE:
                    return ", and ".join(known[name].change for name in names)
        return ""

    def _measured(self, measured: Measured, part: Layer) -> Cell:
        reason = part.id if measured.verdict in _SAFE else self._text(measured.because or part.because)
        return Cell(measured.verdict, reason, measured.evidence, seen_by=measured.seen_by)

    def _text(self, text: str) -> str:
        for name, word in self.words.items():
            text = text.replace(f"{{{name}}}", word)
        return text


def _describe_families(families: Sequence[Mapping[str, Any]]) -> str:
    """Return what gives Pods their addresses, and where that is written; empty if it is not told or unclear.

    families: what vpnlint.surroundings.address_families found.
    """
    if len({family["ipv6"] for family in families}) != 1:
        return ""
    addresses = "IPv6 addresses" if families[0]["ipv6"] else "IPv4 addresses alone"
    places = "; ".join(f"{family['says']} ({family['place']})" for family in families[:_MOST_PLACES])
    return f"the cluster gives its Pods {addresses}: {places}"


def _candidates(parts: Sequence[Layer], status: Mapping[str, int]) -> list[Layer]:
    """Return the parts of which the first in force counts, up to the first that is certain."""
    found = []
    for part in parts:
        if status[part.id]:
            found.append(part)
        if status[part.id] == _CERTAIN:
            break
    return found


def _kind(cell: Cell) -> str:
    """Return what of a cell must be the same whatever is not known: that it is safe, or its verdict."""
    return "safe" if cell.verdict in _SAFE else cell.verdict
