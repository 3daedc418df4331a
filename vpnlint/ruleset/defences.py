"""rules/defences.yaml as typed data: tunnels, resolvers, and the defences that hold what they let out."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from vpnlint.cache import NO_CACHE, Cache
from vpnlint.errors import RuleError
from vpnlint.ruleset import data_file as data
from vpnlint.ruleset.cel import CompiledExpression, Engine
from vpnlint.ruleset.cel_text import bind_values
from vpnlint.source.node import Node

VERDICTS = ("tunnel", "blocked", "LEAK", "outside", "unknown")
# Who sees a name that is looked up: the home's or the provider's resolver, the cluster's own and no other,
# nobody who answers.
SEEN_BY = ("home", "cluster", "nobody")
NAMES = "dns"
_TERM = re.compile(r"\bterms\.(\w+)")
_KEYS = ("id", "when", "perhaps", "rule", "unless", "fits", "because", "if", "change", "rows")
_CONDITIONS = {"when", "perhaps", "fits"}
_FILTERS = ("sends", "tunnel", "resolver", "client")
_ROW_KEYS = ("traffic", "evidence", "because", "seen-by", *_FILTERS)


class Measured(NamedTuple):
    """What a row says of one cell.

    The verdict, the evidence it rests on, why (empty: as its part says), and who sees the names (one of
    SEEN_BY, or empty).
    """

    verdict: str
    evidence: str = ""
    because: str = ""
    seen_by: str = ""


class Setting(NamedTuple):
    """What decides which rows hold: ids of tunnel and resolver, how the client sends, and its program."""

    tunnel: str
    resolver: str
    sends: str
    client: str


@dataclass(frozen=True, eq=False)
class Part:
    """A tunnel, a resolver, a defence or the gate: when it is in force, and its rows.

    rule and unless name rules whose answer counts (module matrix). condition is the clause behind "unless"
    where only the user knows whether it is in force. change says what puts it in force.
    """

    id: str
    rule: str
    unless: str
    because: str
    condition: str
    change: str
    rows: tuple[dict[str, Any], ...]
    source: Node

    @cached_property
    def traffic(self) -> frozenset[str]:
        """The kinds of traffic that its rows speak of."""
        return frozenset(traffic for row in self.rows for traffic in row["traffic"])

    @cached_property
    def scenarios(self) -> frozenset[str]:
        """The scenarios that its rows speak of."""
        return frozenset(key for row in self.rows for key in row if key not in _ROW_KEYS)

    def cells(self, setting: Setting) -> dict[tuple[str, str], Measured]:
        """Return scenario and traffic → what is measured in this setting."""
        found: dict[tuple[str, str], Measured] = {}
        actual = setting._asdict()
        for row in self.rows:
            if any(actual[key] not in _listed(row[key]) for key in _FILTERS if key in row):
                continue
            texts = (row.get("evidence", ""), row.get("because", ""), row.get("seen-by", ""))
            for scenario, verdict in row.items():
                for traffic in row["traffic"] if scenario not in _ROW_KEYS else ():
                    found.setdefault((scenario, traffic), Measured(verdict, *texts))
        return found


@dataclass(frozen=True)
class Defences:
    """The whole file. scenarios and traffic: words for each, in order. proposals: ids, the least work first.

    seen_by: words instead of a traffic's, by who sees the names.

    terms are CEL expressions by name, which conditions and other terms use as terms.NAME.
    """

    scenarios: dict[str, str]
    traffic: dict[str, str]
    seen_by: dict[str, str]
    terms: dict[str, str]
    tunnels: tuple[Part, ...]
    resolvers: tuple[Part, ...]
    gate: Part
    defences: tuple[Part, ...]
    proposals: tuple[str, ...]
    tables: dict[tuple[str, Setting], Mapping[tuple[str, str], Measured]] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Return all that can be in force, in the order of their statuses."""
        return (*self.tunnels, *self.resolvers, self.gate, *self.defences)

    def table(self, part: Part, setting: Setting) -> Mapping[tuple[str, str], Measured]:
        """Return the cells of a part in a setting, worked out once."""
        key = (part.id, setting)
        if key not in self.tables:
            self.tables[key] = part.cells(setting)
        return self.tables[key]

    def compile_statuses(self, engine: Engine) -> CompiledExpression:
        """Return the expression that gives, for each Pod and each client in it, the status of each part.

        2: in force, 1: cannot be told, 0: not; 4 more where it fits. Raises RuleError where a condition is
        not CEL.
        """

        def write() -> str:
            statuses = self._with_terms(f"[{', '.join(map(_status, self.parts))}]")
            return f"pods.map(pod, pod.clients.map(it, {statuses}))"

        try:
            return engine.compile_kept("statuses", write, self.gate.source)
        except RuleError:
            for part in self.parts:
                for key in _CONDITIONS & part.source.map.keys():
                    node = part.source.map[key]
                    engine.check_condition(node, self._with_terms(f"({node.text})"))
            raise

    def _with_terms(self, expression: str) -> str:
        """Return the expression with the terms that it uses computed before it, once.

        Those that only use terms of lower levels are bound together, as one map: CEL's parser does not take
        one binding a term.
        """
        levels: dict[str, int] = {}
        while len(levels) < len(self.terms):
            ready = {
                name: 1 + max((levels[used] for used in _used(term)), default=0)
                for name, term in self.terms.items()
                if name not in levels and all(used in levels for used in _used(term))
            }
            if not ready:
                raise _error(self.gate.source, "terms use each other in a circle, or one that is not there")
            levels |= ready

        def placed(text: str) -> str:
            return _TERM.sub(lambda match: f"terms{levels[match[1]]}.{match[1]}", text)

        values = []
        for level in sorted(set(levels.values())):
            pairs = ", ".join(
                f'"{name}": dyn({placed(term)})' for name, term in self.terms.items() if levels[name] == level
            )
            values.append((f"terms{level}", f"{{{pairs}}}"))
        return bind_values(values, placed(expression))


def read_defences(cache: Cache = NO_CACHE) -> Defences:
    """Read rules/defences.yaml. Raises RuleError at the place of what is broken."""
    files = data.sources(data.shipped(), cache)
    root = next(item.root for item in files if os.path.basename(item.file) == data.DEFENCES)
    scenarios, traffic = (data.require(root, key).plain() for key in ("scenarios", "traffic"))

    def parts(key: str) -> tuple[Part, ...]:
        return tuple(_part(node, scenarios, traffic) for node in data.require(root, key).list)

    return Defences(
        scenarios=scenarios,
        traffic=traffic,
        seen_by=data.require(root, "seen-by").plain(),
        terms=data.require(root, "terms").plain(),
        tunnels=parts("tunnels"),
        resolvers=parts("resolvers"),
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
        _check_row(row, scenarios, traffic)

    def text(key: str) -> str:
        child = node.get(key)
        return child.text if child is not None else ""

    return Part(
        id=data.require(node, "id").text,
        rule=text("rule"),
        unless=text("unless"),
        because=text("because"),
        condition=text("if"),
        change=text("change"),
        rows=tuple(rows.plain()) if rows is not None else (),
        source=node,
    )


def _check_row(row: Node, scenarios: Sequence[str], traffic: Sequence[str]) -> None:
    for key, child in row.map.items():
        if key not in (*_ROW_KEYS, *scenarios):
            raise _error(row.key(key), f"{key!r} is no scenario ({', '.join(scenarios)})")
        if key in scenarios and child.value not in VERDICTS:
            raise _error(child, f"a verdict is one of {', '.join(VERDICTS)}")
        if key == "seen-by" and child.value not in SEEN_BY:
            raise _error(child, f"names are seen by one of {', '.join(SEEN_BY)}")
    if not set(data.require(row, "traffic").plain()) <= set(traffic):
        raise _error(row, f"traffic is some of {', '.join(traffic)}")


def _status(part: Part) -> str:
    found = {key: part.source.get(key) for key in _CONDITIONS}
    conditions = {key: node.text if node is not None else "false" for key, node in found.items()}
    return "(({when}) ? 2 : ({perhaps}) ? 1 : 0) + (({fits}) ? 4 : 0)".format(**conditions)


def _used(term: str) -> set[str]:
    return set(_TERM.findall(term))


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def _error(node: Node, message: str) -> RuleError:
    return RuleError(node.file, message, *node.span[1:3])
