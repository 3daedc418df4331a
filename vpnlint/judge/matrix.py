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

    statuses: for each client, the numbers that Defences.compile_statuses describes. answers: rule → its
    answer about this Pod (2: deny, 1: doubt).
    """
    return tuple(
        _Client(pod, client, status, answers, defences).find_route()
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
    """Return a sort key: the worst verdict first, and a certain LEAK before a possible one."""
    return _WORST.index(cell.verdict), bool(cell.condition)


class _Client:
    """One client and the tunnels and defences in force around it."""

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
        self.status = {layer.id: value & 3 for layer, value in zip(defences.layers, status, strict=True)}
        self.fits = {layer.id for layer, value in zip(defences.layers, status, strict=True) if value & _FITS}
        for layer in defences.layers:
            if layer.rule:
                self.status[layer.id] = answers.get(layer.rule, 0)
        vpn: Mapping[str, Any] = next(iter(pod["vpns"]), {})
        known = client["program"] in client["name"]
        self.words = {
            "client": client["name"] if known else client["program"],
            "vpn": vpn.get("name", _THE_VPN) if vpn.get("role") == "vpn" else _THE_VPN,
            "interface": next(iter(vpn.get("interfaces", [])), _THE_INTERFACE),
            "declared": next((entry["summary"] for entry in pod["around"]["outside"]), ""),
        }
        self.families = _describe_families(pod["around"]["families"])

    def build_cells(self) -> Matrix:
        """Return the Cells of all scenarios measured for the tunnels that the client may be behind."""
        scenarios = {
            scenario
            for tunnel in _list_candidates(self.defences.tunnels, self.status)
            for scenario, _ in self.defences.find_cells(tunnel, self._make_situation(tunnel.id))
        }
        return {
            scenario: {traffic: self._find_cell(scenario, traffic) for traffic in self.defences.traffic}
            for scenario in self.defences.scenarios
            if scenario in scenarios
        }

    def find_route(self) -> Route:
        """Return the client's way: the tunnels it may be behind, and the defences that stop any traffic."""
        tunnels = _list_candidates(self.defences.tunnels, self.status)
        setting = self._make_situation(tunnels[0].id)
        guards = []
        for layer in self.defences.defences:
            blocks = self._find_blocked(layer, setting) if self.status[layer.id] else {}
            if blocks and layer.unless not in {tunnel.rule for tunnel in tunnels if tunnel.rule}:
                guards.append(Guard(layer.id, self.status[layer.id] == _CERTAIN, blocks))
        vpn, interface = self.words["vpn"], self.words["interface"]
        return Route(
            client=self.words["client"],
            vpn="" if vpn == _THE_VPN else vpn,
            interface="" if interface == _THE_INTERFACE else interface,
            tunnels=tuple(tunnel.id for tunnel in tunnels),
            guards=tuple(guards),
            matrix=self.build_cells(),
        )

    def _find_blocked(self, layer: Layer, setting: Situation) -> dict[str, tuple[str, ...]]:
        """Return traffic → the scenarios in which a layer stops it."""
        table = self.defences.find_cells(layer, setting)
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

    def _make_situation(self, tunnel: str, resolver: str = "") -> Situation:
        return Situation(tunnel, resolver, self.sends, self.program)

    def _find_cell(self, scenario: str, traffic: str) -> Cell:
        cell = self._settle_cell(scenario, traffic, self.status)
        if traffic == IPV6 and cell.verdict != "unknown":
            cell = cell._replace(settled_by=self.families)
        if cell.verdict != "LEAK":
            return cell
        happens = self.defences.seen_by.get(cell.seen_by, self.defences.traffic[traffic])
        because = f"{self.defences.scenarios[scenario]}, {happens}, because {cell.reason}"
        return cell._replace(
            reason=self._fill_names(because), change=self._fill_names(self._find_change(scenario, traffic))
        )

    def _settle_cell(self, scenario: str, traffic: str, status: Mapping[str, int]) -> Cell:
        """Return the cell if all possibilities agree on it, otherwise the worst one with its condition."""
        unsure = self._list_unsure(scenario, traffic, status)
        outcomes: dict[tuple[bool, ...], Cell] = {}
        for chosen in product((False, True), repeat=len(unsure)):
            settled = {layer.id: _CERTAIN * on for layer, on in zip(unsure, chosen, strict=True)}
            outcomes[chosen] = self._look_up_cell(scenario, traffic, {**status, **settled})
        usual = outcomes[(False,) * len(unsure)]
        if len({_classify_cell(cell) for cell in outcomes.values()}) == 1:
            return outcomes[tuple(layer in self.defences.tunnels for layer in unsure)]
        return self._make_conditional(usual, unsure, outcomes)

    def _list_unsure(self, scenario: str, traffic: str, status: Mapping[str, int]) -> list[Layer]:
        """Return the layers that may be in force and may matter to the cell."""
        named = self.defences.resolvers if traffic == NAMES else ()
        layers = [*_list_candidates(self.defences.tunnels, status), *_list_candidates(named, status)]
        waiting = [self.defences.gate] if scenario == "start-up" else []
        moments = {scenario, "steady"} if waiting else {scenario}
        layers += waiting + [
            layer
            for layer in self.defences.defences
            if traffic in layer.traffic and moments & layer.scenarios
        ]
        return [layer for layer in layers if status[layer.id] == _PERHAPS]

    def _look_up_cell(self, scenario: str, traffic: str, status: Mapping[str, int]) -> Cell:
        """Return the cell for a status in which every layer that matters is certain."""
        certain = {identity for identity, value in status.items() if value == _CERTAIN}
        # For a client that waits until the VPN is up, start-up is the same as steady.
        at = ("steady" if scenario == "start-up" and self.defences.gate.id in certain else scenario, traffic)
        tunnel = next(layer for layer in self.defences.tunnels if layer.id in certain)
        named = self.defences.resolvers if traffic == NAMES else ()
        resolver = [layer for layer in named if layer.id in certain][:1]
        setting = self._make_situation(tunnel.id, *(layer.id for layer in resolver))
        for layer in (*self.defences.defences, *resolver, tunnel):
            if layer.unless and layer.unless == tunnel.rule:
                continue
            if layer.id in certain and (measured := self.defences.find_cells(layer, setting).get(at)):
                return self._make_cell(measured, layer)
        return _NOT_MEASURED

    def _make_conditional(
        self, usual: Cell, unsure: Sequence[Layer], outcomes: Mapping[tuple[bool, ...], Cell]
    ) -> Cell:
        """Return the worst possible cell, with a condition that only the user can check."""
        alone = {layer: outcomes[tuple(other is layer for other in unsure)] for layer in unsure}
        changing = [layer for layer, cell in alone.items() if _classify_cell(cell) != _classify_cell(usual)]
        worst = min((usual, *alone.values(), *outcomes.values()), key=rank_cell)
        word = "unless" if _classify_cell(usual) == _classify_cell(worst) else "if"
        joined = " or ".join(
            layer.condition + (", which nobody has measured" if alone[layer].verdict == "unknown" else "")
            for layer in changing
        )
        condition = f"{word} {joined or ' and '.join(layer.condition for layer in unsure)}"
        return worst._replace(reason=self._fill_names(worst.reason), condition=self._fill_names(condition))

    def _find_change(self, scenario: str, traffic: str) -> str:
        """Return the smallest change after which the cell no longer leaks, empty if none is known."""
        status = self.status
        named = self.defences.resolvers if traffic == NAMES else ()
        for layer in (*_list_candidates(self.defences.tunnels, status), *_list_candidates(named, status)):
            if layer.change and status[layer.id] == _CERTAIN:
                return layer.change
        known = {layer.id: layer for layer in self.defences.layers}
        fitting = [name for name in self.defences.proposals if name in self.fits and status[name] != _CERTAIN]
        for size in (1, 2):
            for names in combinations(fitting, size):
                cell = self._settle_cell(scenario, traffic, {**status, **dict.fromkeys(names, _CERTAIN)})
                if cell.verdict in _SAFE:
                    return ", and ".join(known[name].change for name in names)
        return ""

    def _make_cell(self, measured: Measured, layer: Layer) -> Cell:
        reason = (
            layer.id if measured.verdict in _SAFE else self._fill_names(measured.because or layer.because)
        )
        return Cell(measured.verdict, reason, measured.evidence, seen_by=measured.seen_by)

    def _fill_names(self, text: str) -> str:
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


def _list_candidates(layers: Sequence[Layer], status: Mapping[str, int]) -> list[Layer]:
    """Return the layers that may be the first in force: those up to the first certain one."""
    found = []
    for layer in layers:
        if status[layer.id]:
            found.append(layer)
        if status[layer.id] == _CERTAIN:
            break
    return found


def _classify_cell(cell: Cell) -> str:
    """Return the aspect of a cell that possibilities must agree on: that it is safe, or its verdict."""
    return "safe" if cell.verdict in _SAFE else cell.verdict
