"""rules/defences.yaml as typed data: tunnels, resolvers, and the defences that block what these let out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple

from vpnlint.errors import RuleError
from vpnlint.ruleset.cache import NO_CACHE, Cache
from vpnlint.ruleset.cel import CompiledExpression, Engine
from vpnlint.ruleset.cel_text import bind_values
from vpnlint.ruleset.data_file import (
    DEFENCES,
    find_shipped_folder,
    make_rule_error,
    read_data_file,
    require_key,
)
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node

VERDICTS = ("tunnel", "blocked", "LEAK", "outside", "unknown")
# Who sees a name that is looked up: the home's or the provider's resolver; only the cluster's own; nobody.
SEEN_BY = ("home", "cluster", "nobody")
NAMES = "dns"
IPV6 = "ipv6"
_TERM = defer_pattern(r"\bterms\.(\w+)")
_KEYS = ("id", "title", "when", "perhaps", "rule", "unless", "fits", "because", "if", "change", "rows")
_CONDITIONS = {"when", "perhaps", "fits"}
_FILTERS = ("sends", "tunnel", "resolver", "client")
_ROW_KEYS = ("traffic", "evidence", "because", "seen-by", *_FILTERS)


class Measurement(NamedTuple):
    """One cell of a row.

    The verdict, its evidence, the reason (empty: the layer's), and who sees the names (one of SEEN_BY, or
    empty).
    """

    verdict: str
    evidence: str = ""
    because: str = ""
    seen_by: str = ""


class Situation(NamedTuple):
    """The situation that selects rows: ids of tunnel and resolver, and the client's traffic and program."""

    tunnel: str
    resolver: str
    sends: str
    client: str


class Layer:
    """A tunnel, a resolver, a defence or the gate: when it is in force, and what was measured with it.

    rule and unless name rules whose answers decide (judge/matrix.py). condition is the clause after "unless"
    where only the user knows whether the layer is in force. change says how to put it in force. title names a
    tunnel or a resolver as a heading does; it is empty for other layers.
    """

    def __init__(self, source: Node) -> None:
        """Take the layer as it is written."""
        self.source = source
        self.id = source.text_at("id")
        self.title = source.text_at("title")
        self.rule = source.text_at("rule")
        self.unless = source.text_at("unless")
        self.because = source.text_at("because")
        self.condition = source.text_at("if")
        self.change = source.text_at("change")

    @cached_property
    def rows(self) -> tuple[dict[str, Any], ...]:
        """The measurements, of traffic in scenarios; a run needs those of few layers."""
        return tuple(row.to_plain() for row in self.source.items("rows"))

    @cached_property
    def _traffic(self) -> frozenset[str]:
        return frozenset(traffic for row in self.rows for traffic in row["traffic"])

    @cached_property
    def _scenarios(self) -> frozenset[str]:
        return frozenset(key for row in self.rows for key in row if key not in _ROW_KEYS)

    def measures(self, traffic: str, scenarios: Collection[str]) -> bool:
        """Tell whether this traffic and any of these scenarios were measured."""
        return traffic in self._traffic and not self._scenarios.isdisjoint(scenarios)

    def list_cells(self, situation: Situation) -> dict[tuple[str, str], Measurement]:
        """Return scenario and traffic → the measurement in this situation."""
        cells: dict[tuple[str, str], Measurement] = {}
        actual = situation._asdict()
        for row in self.rows:
            if any(actual[key] not in _make_list(row[key]) for key in _FILTERS if key in row):
                continue
            texts = (row.get("evidence", ""), row.get("because", ""), row.get("seen-by", ""))
            for scenario, verdict in row.items():
                for traffic in row["traffic"] if scenario not in _ROW_KEYS else ():
                    cells.setdefault((scenario, traffic), Measurement(verdict, *texts))
        return cells


class Defences(NamedTuple):
    """The whole file.

    scenarios and traffic hold the words for each, in the order of the matrix. seen_by holds words for DNS
    traffic, by who sees the names. terms are CEL expressions by name; conditions and other terms use them as
    terms.NAME. proposals are ids of layers, the one with the least work first.
    """

    scenarios: dict[str, str]
    traffic: dict[str, str]
    seen_by: dict[str, str]
    terms: dict[str, str]
    tunnels: tuple[Layer, ...]
    resolvers: tuple[Layer, ...]
    gate: Layer
    defences: tuple[Layer, ...]
    proposals: tuple[str, ...]
    tables: dict[tuple[str, Situation], Mapping[tuple[str, str], Measurement]]

    @property
    def layers(self) -> tuple[Layer, ...]:
        """All layers, in the order of their statuses."""
        return (*self.tunnels, *self.resolvers, self.gate, *self.defences)

    def find_cells(self, layer: Layer, situation: Situation) -> Mapping[tuple[str, str], Measurement]:
        """Return the cells of a layer in a situation."""
        key = (layer.id, situation)
        if key not in self.tables:
            self.tables[key] = layer.list_cells(situation)
        return self.tables[key]

    def compile_statuses(self, engine: Engine) -> CompiledExpression:
        """Return the expression for the status of each layer, for each client in a Pod.

        2: in force, 1: unknown, 0: not in force; plus 4 where it fits. Raises RuleError where a condition is
        not CEL.
        """

        def write() -> str:
            statuses = self._bind_terms(f"[{', '.join(map(_write_status, self.layers))}]")
            return f"pod.clients.map(it, {statuses})"

        try:
            return engine.compile_kept("statuses", write, self.gate.source)
        except RuleError:
            for layer in self.layers:
                for key in _CONDITIONS & layer.source.map.keys():
                    node = layer.source.map[key]
                    engine.check_condition(node, self._bind_terms(f"({node.text})"))
            raise

    def _bind_terms(self, expression: str) -> str:
        """Return the expression with the terms that it uses bound before it, each evaluated once."""
        needs = {name: set(_TERM.findall(term)) for name, term in self.terms.items()}
        try:
            order = [*TopologicalSorter(needs).static_order()]
            values = [(f"term_{name}", _TERM.sub(r"term_\1", self.terms[name])) for name in order]
        except (CycleError, KeyError) as error:
            raise make_rule_error(
                self.gate.source, "terms need each other, or a term that is missing"
            ) from error
        return bind_values(values, _TERM.sub(r"term_\1", expression))


def read_defences(cache: Cache = NO_CACHE) -> Defences:
    """Return rules/defences.yaml. Raises RuleError at the place of the mistake."""
    root = read_data_file(find_shipped_folder() / DEFENCES, cache, _check_defences).root

    def read_layers(key: str) -> tuple[Layer, ...]:
        return tuple(map(Layer, root.items(key)))

    return Defences(
        scenarios=root.map["scenarios"].to_plain(),
        traffic=root.map["traffic"].to_plain(),
        seen_by=root.map["seen-by"].to_plain(),
        terms=root.map["terms"].to_plain(),
        tunnels=read_layers("tunnels"),
        resolvers=read_layers("resolvers"),
        gate=Layer(root.map["gate"]),
        defences=read_layers("defences"),
        proposals=tuple(root.map["proposals"].to_plain()),
        tables={},
    )


def _check_defences(root: Node) -> None:
    """Raise RuleError at the place of the first mistake in the file."""
    scenarios, traffic = (require_key(root, key).to_plain() for key in ("scenarios", "traffic"))
    for key in ("seen-by", "terms", "proposals"):
        require_key(root, key)
    for key, required in (("tunnels", "title"), ("resolvers", "title"), ("defences", "id")):
        for node in require_key(root, key).list:
            require_key(node, required)
            _check_layer(node, scenarios, traffic)
    _check_layer(require_key(root, "gate"), scenarios, traffic)


def _check_layer(node: Node, scenarios: Sequence[str], traffic: Sequence[str]) -> None:
    require_key(node, "id")
    for key in node.map:
        if key not in _KEYS:
            raise make_rule_error(
                node.get_key(key), f"{key!r} is not a key of a defence ({', '.join(_KEYS)})"
            )
    for row in node.items("rows"):
        _check_row(row, scenarios, traffic)


def _check_row(row: Node, scenarios: Sequence[str], traffic: Sequence[str]) -> None:
    for key, child in row.map.items():
        if key not in (*_ROW_KEYS, *scenarios):
            raise make_rule_error(row.get_key(key), f"{key!r} is not a scenario ({', '.join(scenarios)})")
        if key in scenarios and child.value not in VERDICTS:
            raise make_rule_error(child, f"a verdict must be one of {', '.join(VERDICTS)}")
        if key == "seen-by" and child.value not in SEEN_BY:
            raise make_rule_error(child, f"names are seen by one of {', '.join(SEEN_BY)}")
    if not set(require_key(row, "traffic").to_plain()) <= set(traffic):
        raise make_rule_error(row, f"traffic must be some of {', '.join(traffic)}")


def _write_status(layer: Layer) -> str:
    nodes = {key: layer.source.get(key) for key in _CONDITIONS}
    conditions = {key: node.text if node is not None else "false" for key, node in nodes.items()}
    return "(({when}) ? 2 : ({perhaps}) ? 1 : 0) + (({fits}) ? 4 : 0)".format(**conditions)


def _make_list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]
