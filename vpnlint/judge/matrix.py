"""The leak matrix of a Pod: what happens to each kind of traffic in each scenario, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from vpnlint.judge.client_state import CERTAIN, ClientState, list_candidates, read_client_state
from vpnlint.judge.matrix_cell import CellFinder, rank_cell
from vpnlint.results.matrix import Cell, Guard, Route
from vpnlint.ruleset.defences import Defences, Layer, Situation

Matrix: TypeAlias = dict[str, dict[str, Cell]]


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
        _Client(read_client_state(pod, client, status, answers, defences)).find_route()
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


class _Client:
    """One client and the cells of its matrix."""

    def __init__(self, state: ClientState) -> None:
        self._state = state
        self._defences = state.defences
        self._cells = CellFinder(state)

    def find_route(self) -> Route:
        """Return the client's way: the tunnels it may be behind, and the defences that stop any traffic."""
        status = self._state.status
        tunnels = list_candidates(self._defences.tunnels, status)
        situation = self._state.make_situation(tunnels[0].id)
        guards = []
        for layer in self._defences.defences:
            blocks = self._find_blocked(layer, situation) if status[layer.id] else {}
            if blocks and layer.unless not in {tunnel.rule for tunnel in tunnels if tunnel.rule}:
                guards.append(Guard(layer.id, status[layer.id] == CERTAIN, blocks))
        return Route(
            client=self._state.words["client"],
            vpn=self._state.vpn,
            interface=self._state.interface,
            tunnels=tuple(tunnel.id for tunnel in tunnels),
            guards=tuple(guards),
            matrix=self._build_cells(),
        )

    def _build_cells(self) -> Matrix:
        """Return the Cells of all scenarios measured for the tunnels that the client may be behind."""
        scenarios = {
            scenario
            for tunnel in list_candidates(self._defences.tunnels, self._state.status)
            for scenario, _ in self._defences.find_cells(tunnel, self._state.make_situation(tunnel.id))
        }
        return {
            scenario: {
                traffic: self._cells.find_cell(scenario, traffic) for traffic in self._defences.traffic
            }
            for scenario in self._defences.scenarios
            if scenario in scenarios
        }

    def _find_blocked(self, layer: Layer, situation: Situation) -> dict[str, tuple[str, ...]]:
        """Return traffic → the scenarios in which a layer stops it."""
        table = self._defences.find_cells(layer, situation)
        blocked: dict[str, tuple[str, ...]] = {}
        for traffic in self._defences.traffic:
            stopped = [
                scenario
                for scenario in self._defences.scenarios
                if (measured := table.get((scenario, traffic))) and measured.verdict == "blocked"
            ]
            if stopped:
                blocked[traffic] = tuple(stopped)
        return blocked
