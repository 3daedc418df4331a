"""Rule files → rules: data, vpnlint's own and the user's, of the same form and rank."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath

from vpnlint.errors import RuleError
from vpnlint.finding import Severity
from vpnlint.ruleset import data_file as data
from vpnlint.source.node import Node

SEVERITIES = ("error", "warning", "notice")
SCOPES = ("pod", "client", "vpn", "container")
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
    source: Node


def read(folders: Iterable[FilePath]) -> tuple[Rule, ...]:
    """Return the rules of all folders, in the order of their ids. Raises RuleError at the place of what is broken."""
    found: dict[str, Rule] = {}
    for source in (source for folder in folders for source in data.sources(folder)):
        if FilePath(source.file) == data.shipped() / data.DEFENCES:
            continue
        rule = _read(source.root)
        earlier = found.setdefault(rule.id, rule)
        if earlier is not rule:
            raise _error(source.root.map["id"], f"the id {rule.id!r} is taken by {earlier.source.file}")
    return tuple(found[name] for name in sorted(found))


def _read(root: Node) -> Rule:
    for key in root.map:
        if key not in _REQUIRED + _OPTIONAL:
            raise _error(
                root.key(key), f"{key!r} is not a key of a rule ({', '.join(_REQUIRED + _OPTIONAL)})"
            )
    texts = {key: data.require(root, key).text for key in _REQUIRED}
    for key in _REQUIRED:
        if not texts[key].strip():
            raise _error(root.map[key], f"{key!r} must be text")
    if texts["severity"] not in SEVERITIES:
        raise _error(root.map["severity"], f"severity must be one of {', '.join(SEVERITIES)}")
    if texts["for"] not in SCOPES:
        raise _error(root.map["for"], f"for must be one of {', '.join(SCOPES)}")
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
        source=root,
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
