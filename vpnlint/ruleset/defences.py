"""rules/defences.yaml: tunnels, and the defences that hold what a tunnel alone lets out, as typed data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vpnlint.errors import RuleError
from vpnlint.ruleset import data_file as data
from vpnlint.ruleset.cel import Engine, Program
from vpnlint.source.node import Node

VERDICTS = ("tunnel", "blocked", "LEAK", "unknown")
_KEYS = ("id", "when", "perhaps", "rule", "unless", "fits", "because", "change", "rows")
_CONDITIONS = {"when", "perhaps", "fits"}
_ROW_KEYS = ("traffic", "sends", "tunnel", "client", "evidence", "because")


class Measured(NamedTuple):
    """What a row says of one cell: the verdict, the evidence it rests on, and why (empty: as its part says)."""

    verdict: str
    evidence: str
    because: str


@dataclass(frozen=True)
class Part:
    """A tunnel, a defence or the gate: when it is in force, and its rows.

    rule and unless name rules whose answer counts (module matrix). change says what puts it in force.
    """

    id: str
    rule: str
    unless: str
    because: str
    change: str
    rows: tuple[dict[str, Any], ...]
    source: Node

    def cells(self, tunnel: str, sends: str, client: str) -> dict[tuple[str, str], Measured]:
        """Return scenario and traffic → what is measured, behind this tunnel, of this client, which sends so."""
        found: dict[tuple[str, str], Measured] = {}
        for row in self.rows:
            if (
                row.get("sends", sends) != sends
                or tunnel not in row.get("tunnel", [tunnel])
                or client not in row.get("client", [client])
            ):
                continue
            for scenario, verdict in row.items():
                for traffic in row["traffic"] if scenario not in _ROW_KEYS else ():
                    measured = Measured(verdict, row.get("evidence", ""), row.get("because", ""))
                    found.setdefault((scenario, traffic), measured)
        return found


@dataclass(frozen=True)
class Defences:
    """The whole file. scenarios and traffic: the words for each, in order. proposals: ids, the least work first."""

    scenarios: dict[str, str]
    traffic: dict[str, str]
    tunnels: tuple[Part, ...]
    gate: Part
    defences: tuple[Part, ...]
    proposals: tuple[str, ...]
    tables: dict[tuple[str, str, str, str], dict[tuple[str, str], Measured]] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return all that can be in force, in the order of their statuses."""
        return (*self.tunnels, self.gate, *self.defences)

    def table(self, part: Part, tunnel: str, sends: str, client: str) -> dict[tuple[str, str], Measured]:
        """Return the cells of a part behind a tunnel, worked out once."""
        key = (part.id, tunnel, sends, client)
        if key not in self.tables:
            self.tables[key] = part.cells(tunnel, sends, client)
        return self.tables[key]

    def program(self, engine: Engine) -> Program:
        """Return what tells for each Pod and each client in it the status of each part.

        2: in force, 1: cannot be told, 0: not; 4 more where it fits. Raises RuleError where a condition is not CEL.
        """
        statuses = ", ".join(map(_status, self.parts))
        try:
            return Program(engine, f"pods.map(pod, pod.clients.map(it, [{statuses}]))", self.gate.source)
        except RuleError:
            for part in self.parts:
                for key in _CONDITIONS & part.source.map.keys():
                    engine.check(part.source.map[key])
            raise


def load() -> Defences:
    """Read rules/defences.yaml. Raises RuleError at the place of what is broken."""
    root = data.source(data.shipped() / data.DEFENCES).root
    scenarios, traffic = (data.require(root, key).plain() for key in ("scenarios", "traffic"))

    def parts(key: str) -> tuple[Part, ...]:
        return tuple(_part(node, scenarios, traffic) for node in data.require(root, key).list)

    return Defences(
        scenarios=scenarios,
        traffic=traffic,
        tunnels=parts("tunnels"),
        gate=_part(data.require(root, "gate"), scenarios, traffic),
        defences=parts("defences"),
        proposals=tuple(data.require(root, "proposals").plain()),
    )


def _part(node: Node, scenarios: Sequence[str], traffic: Sequence[str]) -> Part:
    for key in node.map:
        if key not in _KEYS:
            raise _error(node.key(key), f"{key!r} is not a key of a defence ({', '.join(_KEYS)})")
    rows = node.get("rows")
    for row in rows.list if rows is not None else []:
        for key, child in row.map.items():
            if key not in (*_ROW_KEYS, *scenarios):
                raise _error(row.key(key), f"{key!r} is no scenario ({', '.join(scenarios)})")
            if key in scenarios and child.value not in VERDICTS:
                raise _error(child, f"a verdict is one of {', '.join(VERDICTS)}")
        if not set(data.require(row, "traffic").plain()) <= set(traffic):
            raise _error(row, f"traffic is some of {', '.join(traffic)}")

    def text(key: str) -> str:
        child = node.get(key)
        return child.text if child is not None else ""

    return Part(
        id=data.require(node, "id").text,
        rule=text("rule"),
        unless=text("unless"),
        because=text("because"),
        change=text("change"),
        rows=tuple(rows.plain()) if rows is not None else (),
        source=node,
    )


def _status(part: Part) -> str:
    found = {key: part.source.get(key) for key in _CONDITIONS}
    conditions = {key: node.text if node is not None else "false" for key, node in found.items()}
    return "(({when}) ? 2 : ({perhaps}) ? 1 : 0) + (({fits}) ? 4 : 0)".format(**conditions)


def _error(node: Node, message: str) -> RuleError:
    return RuleError(node.file, message, *node.span[1:3])
