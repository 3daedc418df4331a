"""One cell of the leak matrix: the verdict for one kind of traffic in one scenario, with its condition."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, product

from vpnlint.judge.client_state import CERTAIN, PERHAPS, ClientState, list_candidates
from vpnlint.results.matrix import Cell
from vpnlint.ruleset.defences import IPV6, NAMES, Layer, Measurement

_SAFE = {"tunnel", "blocked"}
_NOT_MEASURED = Cell("unknown", "nobody has measured it")
_WORST = ("LEAK", "unknown", "outside", "tunnel", "blocked")


def rank_cell(cell: Cell) -> tuple[int, bool]:
    """Return a sort key: the worst verdict first, and a certain LEAK before a possible one."""
    return _WORST.index(cell.verdict), bool(cell.condition)


class CellFinder:
    """Finds the cells of one client."""

    def __init__(self, state: ClientState) -> None:
        """Take the client."""
        self._state = state
        self._defences = state.defences
        self._fill_names = state.fill_names
        self._layers = {layer.id: layer for layer in state.defences.layers}
        self._certain = {identity for identity, value in state.status.items() if value == CERTAIN}

    def find_cell(self, scenario: str, traffic: str) -> Cell:
        """Return the cell; of a LEAK also the reason in a whole sentence and a change that stops it."""
        cell = self._settle_cell(scenario, traffic)
        if traffic == IPV6 and cell.verdict != "unknown":
            cell = cell._replace(settled_by=self._state.families)
        if cell.verdict != "LEAK":
            return cell
        happens = self._defences.seen_by.get(cell.seen_by, self._defences.traffic[traffic])
        because = f"{self._defences.scenarios[scenario]}, {happens}, because {cell.reason}"
        return cell._replace(
            reason=self._fill_names(because),
            change=self._fill_names(self._find_change(scenario, traffic)),
        )

    def _settle_cell(self, scenario: str, traffic: str) -> Cell:
        """Return the cell if all possibilities agree on it, otherwise the worst one with its condition."""
        unsure = self._list_unsure(scenario, traffic, self._state.status)
        outcomes = {
            chosen: self._look_up_cell(scenario, traffic, certain)
            for chosen, certain in self._list_possibilities(unsure)
        }
        usual = outcomes[(False,) * len(unsure)]
        if len({_classify_cell(cell) for cell in outcomes.values()}) == 1:
            return outcomes[tuple(layer in self._defences.tunnels for layer in unsure)]
        return self._make_conditional(usual, unsure, outcomes)

    def _list_possibilities(
        self, unsure: Sequence[Layer], added: Sequence[str] = ()
    ) -> Iterator[tuple[tuple[bool, ...], Collection[str]]]:
        """Yield which of the unsure layers are in force, and all layers that then are.

        added: layers that are in force besides.
        """
        certain = self._certain.union(added)
        for chosen in product((False, True), repeat=len(unsure)):
            settled = {layer.id for layer, is_on in zip(unsure, chosen, strict=True) if is_on}
            yield chosen, certain | settled

    def _list_unsure(self, scenario: str, traffic: str, status: Mapping[str, int]) -> list[Layer]:
        """Return the layers that may be in force and may matter to the cell."""
        named = self._defences.resolvers if traffic == NAMES else ()
        layers = [*list_candidates(self._defences.tunnels, status), *list_candidates(named, status)]
        waiting = [self._defences.gate] if scenario == "start-up" else []
        moments = {scenario, "steady"} if waiting else {scenario}
        layers += waiting + [
            layer
            for layer in self._defences.defences
            if status[layer.id] == PERHAPS and layer.measures(traffic, moments)
        ]
        return [layer for layer in layers if status[layer.id] == PERHAPS]

    def _look_up_cell(self, scenario: str, traffic: str, certain: Collection[str]) -> Cell:
        """Return the cell where exactly these layers are in force."""
        found = self._find_measurement(scenario, traffic, certain)
        return self._make_cell(*found) if found is not None else _NOT_MEASURED

    def _find_measurement(
        self, scenario: str, traffic: str, certain: Collection[str]
    ) -> tuple[Measurement, Layer] | None:
        """Return what was measured where exactly these layers are in force, and the layer that decides."""
        # For a client that waits until the VPN is up, start-up is the same as steady.
        at = ("steady" if scenario == "start-up" and self._defences.gate.id in certain else scenario, traffic)
        tunnel = next(layer for layer in self._defences.tunnels if layer.id in certain)
        named = self._defences.resolvers if traffic == NAMES else ()
        resolver = [layer for layer in named if layer.id in certain][:1]
        setting = self._state.make_situation(tunnel.id, *(layer.id for layer in resolver))
        for layer in (*self._defences.defences, *resolver, tunnel):
            if layer.id not in certain or (layer.unless and layer.unless == tunnel.rule):
                continue
            if measured := self._defences.find_cells(layer, setting).get(at):
                return measured, layer
        return None

    def _make_conditional(
        self, usual: Cell, unsure: Sequence[Layer], outcomes: Mapping[tuple[bool, ...], Cell]
    ) -> Cell:
        """Return the worst possible cell, with a condition that only the user can check."""
        alone = {layer: outcomes[tuple(other is layer for other in unsure)] for layer in unsure}
        changing = [layer for layer, cell in alone.items() if _classify_cell(cell) != _classify_cell(usual)]
        worst = min((usual, *alone.values(), *outcomes.values()), key=rank_cell)
        word = "unless" if _classify_cell(usual) == _classify_cell(worst) else "if"
        *first, last = [
            layer.condition + (", which nobody has measured" if alone[layer].verdict == "unknown" else "")
            for layer in changing
        ] or [""]
        joined = f"{', '.join(first)}{',' * (len(first) > 1)} or {last}" if first else last
        condition = f"{word} {joined or ' and '.join(layer.condition for layer in unsure)}"
        return worst._replace(reason=self._fill_names(worst.reason), condition=self._fill_names(condition))

    def _find_change(self, scenario: str, traffic: str) -> str:
        """Return the smallest change after which the cell no longer leaks, empty if none is known."""
        status = self._state.status
        named = self._defences.resolvers if traffic == NAMES else ()
        for layer in (*list_candidates(self._defences.tunnels, status), *list_candidates(named, status)):
            if layer.change and status[layer.id] == CERTAIN:
                return layer.change
        fitting = [
            name
            for name in self._defences.proposals
            if name in self._state.fits
            and status[name] != CERTAIN
            and self._may_stop(name, scenario, traffic)
        ]
        for size in (1, 2):
            for names in combinations(fitting, size):
                if self._is_stopped(scenario, traffic, names):
                    return ", and ".join(self._layers[name].change for name in names)
        return ""

    def _is_stopped(self, scenario: str, traffic: str, added: Sequence[str]) -> bool:
        """Tell whether nothing leaks in any possibility if these layers are in force, too."""
        status = {**self._state.status, **dict.fromkeys(added, CERTAIN)}
        unsure = self._list_unsure(scenario, traffic, status)
        return all(
            (found := self._find_measurement(scenario, traffic, certain)) and found[0].verdict in _SAFE
            for _, certain in self._list_possibilities(unsure, added)
        )

    def _may_stop(self, name: str, scenario: str, traffic: str) -> bool:
        """Tell whether a layer may change a cell: it was measured there, or is no defence of its own."""
        layer = self._layers[name]
        return layer not in self._defences.defences or layer.measures(traffic, {scenario, "steady"})

    def _make_cell(self, measured: Measurement, layer: Layer) -> Cell:
        reason = (
            layer.id if measured.verdict in _SAFE else self._fill_names(measured.because or layer.because)
        )
        return Cell(measured.verdict, reason, measured.evidence, seen_by=measured.seen_by)


def _classify_cell(cell: Cell) -> str:
    """Return the aspect of a cell that possibilities must agree on: that it is safe, or its verdict."""
    return "safe" if cell.verdict in _SAFE else cell.verdict
