"""The leak matrix of a Pod: what becomes of each kind of traffic in each scenario, and why. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, TypeAlias

from vpnlint.finding import Cell
from vpnlint.ruleset.defences import Defences, Measured, Part

Matrix: TypeAlias = dict[str, dict[str, Cell]]

_CERTAIN, _FITS = 2, 4
# The worst of several clients' verdicts stands for the Pod.
_WORST = ("LEAK", "unknown", "tunnel", "blocked")


def matrix(
    pod: Mapping[str, Any],
    statuses: Sequence[Sequence[int]],
    answers: Mapping[str, int],
    defences: Defences,
) -> Matrix:
    """Return scenario → traffic → Cell for a Pod of the view.

    statuses: for each client what Defences.program says. answers: rule → its answer about this Pod (2: deny, 1: doubt).
    """
    found: Matrix = {}
    for client, status in zip(pod["clients"], statuses, strict=True):
        for scenario, cells in _Client(pod, client, status, answers, defences).matrix().items():
            row = found.setdefault(scenario, {})
            for traffic, cell in cells.items():
                if traffic not in row or _WORST.index(cell.verdict) < _WORST.index(row[traffic].verdict):
                    row[traffic] = cell
    return {scenario: found[scenario] for scenario in defences.scenarios if scenario in found}


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
        self.status = {part.id: value & 3 for part, value in zip(defences.parts, status, strict=True)}
        self.fits = {part.id for part, value in zip(defences.parts, status, strict=True) if value & _FITS}
        for part in defences.parts:
            if part.rule:
                self.status[part.id] = answers.get(part.rule, 0)
            if part.unless:
                self.status[part.id] = min(self.status[part.id], _CERTAIN - answers.get(part.unless, 0))
        vpn: Mapping[str, Any] = next(iter(pod["vpns"]), {})
        known = client["program"] in client["name"]
        self.words = {
            "client": client["name"] if known else client["program"],
            "vpn": vpn.get("name", "the VPN") if vpn.get("role") == "vpn" else "the VPN",
            "interface": next(iter(vpn.get("interfaces", [])), "the tunnel's interface"),
        }
        self.tunnels = self._tunnels()
        self.usual = [part for part in reversed(defences.defences) if self.status[part.id]]

    def matrix(self) -> Matrix:
        """Return the Cells of all scenarios that there are behind these tunnels."""
        scenarios = {
            scenario
            for tunnel in self.tunnels
            for scenario, _ in self.defences.table(tunnel, tunnel.id, self.sends, self.program)
        }
        return {
            scenario: {traffic: self._cell(scenario, traffic) for traffic in self.defences.traffic}
            for scenario in scenarios
        }

    def _tunnels(self) -> list[Part]:
        """Return the tunnels it may be, the certain one last."""
        found = []
        for tunnel in self.defences.tunnels:
            if self.status[tunnel.id]:
                found.append(tunnel)
            if self.status[tunnel.id] == _CERTAIN:
                break
        return found

    def _cell(self, scenario: str, traffic: str) -> Cell:
        cell = self._settled(scenario, traffic, self.status)
        if cell.verdict != "LEAK":
            return cell
        because = (
            f"{self.defences.scenarios[scenario]}, {self.defences.traffic[traffic]}, because {cell.reason}"
        )
        return replace(cell, reason=self._text(because), change=self._text(self._change(scenario, traffic)))

    def _settled(self, scenario: str, traffic: str, status: Mapping[str, int]) -> Cell:
        """Return the cell over all tunnels it may be, with the start put off where the client waits."""
        cells = [self._behind(tunnel, scenario, traffic, status) for tunnel in self.tunnels]
        waits = status[self.defences.gate.id]
        if scenario == "start-up" and waits:
            later = [self._behind(tunnel, "steady", traffic, status) for tunnel in self.tunnels]
            cells = later if waits == _CERTAIN else [*cells, *later]
        verdicts = {cell.verdict for cell in cells}
        if len(verdicts) == 1 or not verdicts & {"LEAK", "unknown"}:
            return cells[0]
        unsure = self.defences.gate.because if len(self.tunnels) == 1 else self.tunnels[0].because
        return Cell("unknown", self._text(unsure))

    def _behind(self, tunnel: Part, scenario: str, traffic: str, status: Mapping[str, int]) -> Cell:
        """Return what the tunnel does by itself, changed by each defence from the last to the first."""
        at = (scenario, traffic)
        measured = self.defences.table(tunnel, tunnel.id, self.sends, self.program).get(at)
        cell = self._measured(measured, tunnel) if measured else Cell("unknown", "nobody has measured it")
        for part in self._in_force(status):
            measured = self.defences.table(part, tunnel.id, self.sends, self.program).get(at)
            if measured is None:
                continue
            if status[part.id] == _CERTAIN:
                cell = self._measured(measured, part)
            elif {measured.verdict, cell.verdict} in ({"LEAK", "tunnel"}, {"LEAK", "blocked"}):
                cell = Cell("unknown", self._text(part.because))
        return cell

    def _in_force(self, status: Mapping[str, int]) -> list[Part]:
        """Return the defences that are or may be in force, the last first."""
        if status is not self.status:
            return [part for part in reversed(self.defences.defences) if status[part.id]]
        return self.usual

    def _change(self, scenario: str, traffic: str) -> str:
        """Return the smallest change after which the cell leaks no more; empty where none is known."""
        if self.tunnels[0].change:
            return self.tunnels[0].change
        known = {part.id: part for part in self.defences.parts}
        fitting = [
            name for name in self.defences.proposals if name in self.fits and self.status[name] != _CERTAIN
        ]
        for size in (1, 2):
            for names in combinations(fitting, size):
                cell = self._settled(scenario, traffic, {**self.status, **dict.fromkeys(names, _CERTAIN)})
                if cell.verdict in ("tunnel", "blocked"):
                    return ", and ".join(known[name].change for name in names)
        return ""

    def _measured(self, measured: Measured, part: Part) -> Cell:
        safe = measured.verdict in ("tunnel", "blocked")
        reason = part.id if safe else self._text(measured.because or part.because)
        return Cell(measured.verdict, reason, measured.evidence)

    def _text(self, text: str) -> str:
        for name, word in self.words.items():
            text = text.replace(f"{{{name}}}", word)
        return text
