"""The CEL condition by which a policy recognizes objects with a declared egress."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vpnlint.config.configuration import Egress
from vpnlint.results.result import JudgedWorkload


@dataclass(frozen=True)
class DeclaredEgress:
    """Namespaces, and workloads by namespace and name, whose traffic something outside carries into a VPN."""

    namespaces: tuple[str, ...] = ()
    workloads: tuple[tuple[str, str], ...] = ()

    @property
    def condition(self) -> str:
        """The CEL condition on `object`; `false` if nothing is declared."""
        terms = []
        if self.namespaces:
            terms.append(f'object.metadata.?namespace.orValue("") in {json.dumps(list(self.namespaces))}')
        terms += [f"({make_object_condition(namespace, name)})" for namespace, name in self.workloads]
        return " || ".join(terms) or "false"

    def covers(self, document: Mapping[str, Any]) -> bool:
        """Tell whether an object is among them, as the condition does."""
        metadata = document["metadata"]
        namespace, name = metadata.get("namespace", ""), metadata.get("name", "")
        return namespace in self.namespaces or any(
            namespace == place and (name == known or name.startswith(f"{known}-"))
            for place, known in self.workloads
        )


NOTHING_DECLARED = DeclaredEgress()


def find_declared(entries: Iterable[Egress], workloads: Iterable[JudgedWorkload]) -> DeclaredEgress:
    """Return the egress that a configuration's entries declare.

    workloads: those that were judged with this configuration. An entry that names only a namespace applies to
    everything in it, any other entry to the workloads that it covers.
    """
    whole = [entry.target.namespace for entry in entries if entry.target.is_namespace]
    namespaces = tuple(dict.fromkeys(name for name in whole if name is not None))
    covered = dict.fromkeys(
        (workload.namespace, workload.name)
        for workload in workloads
        if workload.egress == "external" and workload.namespace not in namespaces
    )
    return DeclaredEgress(namespaces, tuple(covered))


def make_object_condition(namespace: str, name: str) -> str:
    """Return the CEL condition on `object` for a workload and for the controllers and Pods named after it."""
    own, child = json.dumps(name), json.dumps(f"{name}-")
    called = (
        f'object.metadata.?name.orValue("") == {own} || object.metadata.?name.orValue("").startsWith({child})'
    )
    # A controller's Pod has no name yet at admission.
    called = f'{called} || object.metadata.?generateName.orValue("").startsWith({child})'
    place = f' && object.metadata.?namespace.orValue("") == {json.dumps(namespace)}' if namespace else ""
    return f"({called}){place}"
