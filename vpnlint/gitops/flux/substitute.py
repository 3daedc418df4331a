"""Flux's postBuild substitution: replaces each `${…}` of an object and keeps every field's place.

kustomize-controller 1.6 to 1.9 (Flux 2.6 to 2.9) writes the object as YAML, replaces in the text, and reads
the text by Helm's rules (fluxcd/pkg kustomize v1.18.0 to v1.39.0, kustomize_varsub.go): a value that is a
variable and nothing else becomes the number, the mapping or the null that the variable reads as. Here that is
done scalar by scalar. tests/oracles/flux/substitute.yaml holds what Flux's own code made of each case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from vpnlint.errors import InputError
from vpnlint.gitops.flux.envsubst import expand_variables
from vpnlint.gitops.flux.yaml_scalar import emit_scalar
from vpnlint.source.budget import Budget
from vpnlint.source.document import Document, parse_documents, replace_text
from vpnlint.source.edit import move_node
from vpnlint.source.node import Node
from vpnlint.source.scalars import resolve_helm_scalar
from vpnlint.source.source_node import SourceNode

_MARK = "kustomize.toolkit.fluxcd.io/substitute"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# A plain scalar that no parser is needed for.
_SIMPLE = re.compile(r"[A-Za-z0-9_/][A-Za-z0-9_./-]*")
_VALUE, _ITEM, _KEY = "k: ", "- ", ": v"


def substitute_variables(
    root: Node,
    variables: Mapping[str, Node],
    elsewhere: bool,
    *,
    always: bool = False,
    budget: Budget | None = None,
) -> Node:
    """Return the object with every `${…}` in its keys and values replaced.

    variables: the strings of spec.postBuild.substitute over those of the ConfigMaps in substituteFrom.
    elsewhere: whether a Secret, or an object that is not in the repository, may define more; then an
    expression with any other variable stays as written, default and all. Otherwise such a variable is empty,
    and without any variables nothing is replaced, unless `always` is set (substituteStrategy: Always, from
    kustomize-controller 1.9 on). budget: a part of the run's. Raises InputError where Flux would fail at the
    object, and so at the whole Kustomization: at an expression or at a variable whose name it refuses; and
    where the budget is spent.
    """
    if not variables and not elsewhere and not always:
        return root
    for kind in ("labels", "annotations"):
        mark = root.get("metadata", kind, _MARK)
        if mark is not None and mark.value == "disabled":
            return root
    texts = {name: _variable(name, node) for name, node in variables.items()}
    return _Substitution(texts, None if elsewhere else "", budget or Budget().allot_part()).node(root, _VALUE)


def _variable(name: str, node: Node) -> str:
    place = node.head
    if _NAME.fullmatch(name) is None:
        message = f"Flux refuses the variable {name!r}: names may only contain letters, digits and _"
        raise InputError(place.file, message, place.line, place.column)
    if not isinstance(node.value, str):
        raise InputError(place.file, f"the variable {name!r} must be a string", place.line, place.column)
    return node.value.replace("\n", "")


class _Substitution:
    """Replaces one set of variables; `other` is the value of every other variable (None: unknown)."""

    def __init__(self, texts: Mapping[str, str], other: str | None, budget: Budget) -> None:
        self._texts = texts
        self._other = other
        self._budget = budget
        self._all_known = other is not None

    def node(self, node: Node, context: str) -> Node:
        """Return the Node with its expressions replaced; the same Node if it has none."""
        if isinstance(node, SourceNode) and not node.may_vary:
            return node
        value = node.value
        if isinstance(value, str):
            return self._text(value, node, context) if "$" in value else node
        if isinstance(value, dict):
            items = {key: self.node(item, _VALUE) for key, item in value.items()}
            if any("$" in key for key in value):
                return Node.make({self._key(key, node): item for key, item in items.items()}, node)
            return Node.make(items, node) if any(items[key] is not value[key] for key in items) else node
        if isinstance(value, list):
            parts = [self.node(item, _ITEM) for item in value]
            return (
                Node.make(parts, node) if any(a is not b for a, b in zip(parts, value, strict=True)) else node
            )
        return node

    def _text(self, text: str, node: Node, context: str) -> Node:
        written = emit_scalar(text)
        replaced = self._expanded(written, node)
        if replaced == written:
            return node
        if _SIMPLE.fullmatch(replaced):
            return Node.make(resolve_helm_scalar(replaced), node)
        try:
            read = _read(context + replaced, node)
        except InputError:
            # An unknown value may hold a quote or a bracket that ends the text as YAML.
            if self._all_known or "${" not in replaced:
                raise
            return node
        child = read.get("k" if context == _VALUE else 0)
        if child is None or len(read.map) + len(read.list) != 1:
            raise _unreadable(node)
        return replace_text(node, child.value) if isinstance(child.value, str) else move_node(child, node)

    def _key(self, key: str, node: Node) -> str:
        if "$" not in key:
            return key
        name = node.get_key(key)
        read = _read(self._expanded(emit_scalar(key, key=True), name) + _KEY, name).map
        if [child.value for child in read.values()] != ["v"]:
            raise _unreadable(name)
        return next(iter(read))

    def _expanded(self, text: str, node: Node) -> str:
        def find(name: str) -> str | None:
            value = self._texts.get(name, self._other)
            self._budget.spend(node, text=len(value or ""))
            return value

        try:
            return expand_variables(text, find)
        except ValueError as error:
            raise node.error(str(error)) from error


def _read(text: str, node: Node) -> Node:
    documents = list(parse_documents(f"{text}\n", node.file, resolve=resolve_helm_scalar))
    if len(documents) != 1 or not isinstance(documents[0], Document) or documents[0].problems:
        raise _unreadable(node)
    return documents[0].root


def _unreadable(node: Node) -> InputError:
    return node.error("Flux cannot read this as YAML once its variables are replaced")
