"""Reads the entries of a configuration that are about some workloads: those of `egress` and `ignore`."""

from __future__ import annotations

from datetime import date

from vpnlint.config.configuration import CARRIERS, Egress, Ignore, Target
from vpnlint.config.field_reader import FieldReader
from vpnlint.config.glob import Glob
from vpnlint.source.node import Node

_TARGETS = ("path", "namespace", "workload")


def read_egress(reader: FieldReader, item: Node) -> Egress | None:
    """Return an entry of `egress`, None where it is not valid; the reader notes why."""
    reader.check_keys(item, (*_TARGETS, "by", "reason", "until"), "an entry of egress")
    by, reason = reader.require_text(item, "by", "egress"), reader.require_text(item, "reason", "egress")
    if by and reader.read_choice(item, "by", CARRIERS) is None:
        return None
    target, until = _read_target(reader, item, "egress"), _read_until(reader, item)
    if not (by and reason and target):
        return None
    return Egress(target, by, reason, until, item.span)


def read_ignore(reader: FieldReader, item: Node) -> Ignore | None:
    """Return an entry of `ignore`, None where it is not valid; the reader notes why."""
    reader.check_keys(item, ("rule", *_TARGETS, "reason", "until"), "an entry of ignore")
    rule, reason = reader.require_text(item, "rule", "ignore"), reader.require_text(item, "reason", "ignore")
    target, until = _read_target(reader, item, "ignore"), _read_until(reader, item)
    if not (rule and reason and target):
        return None
    return Ignore(rule, target, reason, until, item.span)


def _read_target(reader: FieldReader, item: Node, section: str) -> Target | None:
    texts = {key: reader.read_text(item, key) for key in _TARGETS}
    if not any(texts.values()):
        if not any(key in item.map for key in _TARGETS):
            reader.add_problem(item, f"an entry of {section} needs path, namespace or workload")
        return None
    workload = texts["workload"]
    if workload and workload.count("/") != 2:
        example = "HelmRelease/downloads/qbittorrent"
        reader.add_problem(item.map["workload"], f"a workload must be KIND/NAMESPACE/NAME, such as {example}")
        return None
    path = texts["path"]
    return Target(
        Glob(path) if path else None, texts["namespace"] or None, Glob(workload) if workload else None
    )


def _read_until(reader: FieldReader, item: Node) -> date | None:
    node = item.get("until")
    if node is None:
        return None
    try:
        # Kustomize's rules read an unquoted date as a timestamp at midnight.
        return date.fromisoformat(str(node.value).removesuffix("T00:00:00Z"))
    except ValueError:
        reader.add_problem(node, f"until must be a date such as 2027-01-31, not {node.value}")
        return None
