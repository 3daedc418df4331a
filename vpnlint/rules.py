"""Load the rules: data files, vpnlint's own and the user's, of the same form and rank; their CEL is compiled once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from vpnlint import catalog, data
from vpnlint.catalog import Catalog
from vpnlint.cel import Engine, Program, chain, template
from vpnlint.errors import RuleError
from vpnlint.finding import Severity
from vpnlint.node import Node

_SCOPES = {"pod": "[pod]", "client": "pod.clients", "vpn": "pod.vpns", "container": "pod.containers"}
_REQUIRED = ("id", "severity", "summary", "for", "message", "help", "why")
_OPTIONAL = ("when", "deny", "doubt", "at", "evidence", "references", "aliases", "fix")


@dataclass(frozen=True)
class Rule:
    """One rule file.

    scope says what it is asked of: `pod`, each `client`, `vpn` or other `container`, bound to `it` in its CEL texts
    when (is it about this one at all), deny (definitely unsafe) and doubt (cannot be told). at names what to
    underline, relative to that element; the first that exists counts. message, help and at may hold `{CEL}`, which
    also has `answer` (deny or doubt).
    """

    id: str
    severity: Severity
    summary: str
    why: str
    scope: str
    when: str
    deny: str
    doubt: str
    at: tuple[str, ...]
    message: str
    help: str
    evidence: tuple[str, ...]
    references: tuple[str, ...]
    aliases: tuple[str, ...]
    file: str


@dataclass(frozen=True)
class Compiled:
    """A rule with its programs: answers gives 2 (deny), 1 (doubt) or 0 for each element of each Pod."""

    rule: Rule
    answers: Program
    message: Program
    help: Program
    at: tuple[Program, ...]


@dataclass(frozen=True)
class Ruleset:
    """Everything that judges: the rules in order of their ids, the catalogue, and the view that makes Pods plain."""

    rules: tuple[Compiled, ...]
    catalog: Catalog
    view: Program
    engine: Engine


def load(extra: Sequence[FilePath] = ()) -> Ruleset:
    """Load the shipped rules and those in the folders of `extra`. Raises RuleError at the place of what is broken."""
    engine = Engine()
    folder = data.shipped()
    compiled: dict[str, Compiled] = {}
    for source in (source for place in (folder, *extra) for source in data.sources(place) if "id" in source.root.map):
        rule = _compile(source.root, engine)
        earlier = compiled.setdefault(rule.rule.id, rule)
        if earlier is not rule:
            raise _error(source.root.map["id"], f"the id {rule.rule.id!r} is taken by {earlier.rule.file}")
    view = data.source(folder / "views" / "pod.yaml").root
    variables = data.require(view, "variables")
    texts = [(data.require(v, "name").text, data.require(v, "expression").text) for v in variables.list]
    return Ruleset(
        tuple(compiled[name] for name in sorted(compiled)),
        catalog.load(folder / "catalog"),
        Program(engine, chain(texts), variables),
        engine,
    )


def _compile(root: Node, engine: Engine) -> Compiled:
    rule = _read(root)
    conditions = [root.map[key] for key in ("when", "deny", "doubt") if key in root.map]
    for condition in conditions:
        engine.expression(condition)
    answer = f"({rule.when}) ? (({rule.deny}) ? 2 : ({rule.doubt}) ? 1 : 0) : 0"
    return Compiled(
        rule,
        Program(engine, f"pods.map(pod, {_SCOPES[rule.scope]}.map(it, {answer}))", conditions[-1]),
        Program(engine, template(root.map["message"]), root.map["message"]),
        Program(engine, template(root.map["help"]), root.map["help"]),
        tuple(Program(engine, template(node), node) for node in _several(root.get("at"))),
    )


def _read(root: Node) -> Rule:
    for key in root.map:
        if key not in _REQUIRED + _OPTIONAL:
            raise _error(root.key(key), f"{key!r} is not a key of a rule ({', '.join(_REQUIRED + _OPTIONAL)})")
    texts = {key: data.require(root, key).text for key in _REQUIRED}
    for key in _REQUIRED:
        if not texts[key].strip():
            raise _error(root.map[key], f"{key!r} must be text")
    if texts["severity"] not in ("error", "warning"):
        raise _error(root.map["severity"], "severity must be error or warning")
    if texts["for"] not in _SCOPES:
        raise _error(root.map["for"], f"for must be one of {', '.join(_SCOPES)}")
    if "deny" not in root.map and "doubt" not in root.map:
        raise _error(root, "a rule needs deny or doubt")
    return Rule(
        id=texts["id"],
        severity=Severity[texts["severity"].upper()],
        summary=texts["summary"].strip(),
        why=texts["why"].strip(),
        scope=texts["for"],
        when=_condition(root, "when", "true"),
        deny=_condition(root, "deny", "false"),
        doubt=_condition(root, "doubt", "false"),
        at=tuple(node.text for node in _several(root.get("at"))),
        message=texts["message"].strip(),
        help=texts["help"].strip(),
        evidence=tuple(node.text for node in _several(root.get("evidence"))),
        references=tuple(node.text for node in _several(root.get("references"))),
        aliases=tuple(node.text for node in _several(root.get("aliases"))),
        file=root.file,
    )


def _condition(root: Node, key: str, default: str) -> str:
    node = root.get(key)
    if node is None:
        return default
    if isinstance(node.value, bool):
        return str(node.value).lower()
    if not node.text.strip():
        raise _error(node, f"{key!r} must be a CEL expression")
    return node.text.strip()


def _several(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return node.list if isinstance(node.value, list) else [node]


def _error(node: Node, message: str) -> RuleError:
    return RuleError(node.file, message, *node.span[1:3])
