"""Flux's postBuild substitution: replaces each `${…}` of an object and keeps every field's place.

kustomize-controller 1.6 to 1.9 (Flux 2.6 to 2.9) writes the object as YAML, replaces in the text, and reads
the text by Helm's rules (fluxcd/pkg kustomize v1.18.0 to v1.39.0, kustomize_varsub.go): a value that is a
variable and nothing else becomes the number, the mapping or the null that the variable reads as. Here that is
done scalar by scalar. tests/oracles/flux/substitute.yaml holds what Flux's own code made of each case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from vpnlint.errors import InputError
from vpnlint.gitops.flux.envsubst import expand_variables
from vpnlint.gitops.flux.yaml_scalar import emit_scalar
from vpnlint.source.budget import Budget
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.document import Document, parse_documents, replace_text
from vpnlint.source.edit import move_node
from vpnlint.source.node import Node
from vpnlint.source.scalars import resolve_helm_scalar
from vpnlint.source.source_node import SourceNode

_MARK = "kustomize.toolkit.fluxcd.io/substitute"
_NAME = defer_pattern(r"[A-Za-z_][A-Za-z0-9_]*")
# A plain scalar that no parser is needed for.
_SIMPLE = defer_pattern(r"[A-Za-z0-9_/][A-Za-z0-9_./-]*")
_VALUE, _ITEM, _KEY = "k: ", "- ", ": v"


class Variables(NamedTuple):
    """The variables of a Kustomization.

    values: the strings of spec.postBuild.substitute over those of the ConfigMaps in substituteFrom.
    elsewhere: whether a Secret, or an object that is not in the repository, may define more; then an
    expression with any other variable stays as written, default and all. Otherwise such a variable is empty.
    always: replace even without any variables (substituteStrategy: Always, from kustomize-controller 1.9 on).
    """

    values: Mapping[str, Node]
    elsewhere: bool = False
    always: bool = False

    @property
    def replace(self) -> bool:
        """Whether Flux replaces anything: without variables it leaves objects as they are."""
        return bool(self.values) or self.elsewhere or self.always


def substitute_variables(root: Node, variables: Variables, budget: Budget | None = None) -> Node:
    """Return the object with every `${…}` in its keys and values replaced.

    budget: a part of the run's. Raises InputError where Flux would fail at the object, and so at the whole
    Kustomization: at an expression or at a variable whose name it refuses; and where the budget is spent.
    """
    if not variables.replace:
        return root
    for kind in ("labels", "annotations"):
        mark = root.get("metadata", kind, _MARK)
        if mark is not None and mark.value == "disabled":
            return root
    texts = {name: _read_variable(name, node) for name, node in variables.values.items()}
    other = None if variables.elsewhere else ""
    return _Substitution(texts, other, budget or Budget().allot_part()).fill_node(root, _VALUE)


def _read_variable(name: str, node: Node) -> str:
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

    def fill_node(self, node: Node, context: str) -> Node:
        """Return the Node with its expressions replaced; the same Node if it has none."""
        if isinstance(node, SourceNode) and not node.may_vary:
            return node
        value = node.value
        if isinstance(value, str):
            return self._fill_text(value, node, context) if "$" in value else node
        if isinstance(value, dict):
            items = {key: self.fill_node(item, _VALUE) for key, item in value.items()}
            if any("$" in key for key in value):
                return Node.make({self._fill_key(key, node): item for key, item in items.items()}, node)
            return Node.make(items, node) if any(items[key] is not value[key] for key in items) else node
        if isinstance(value, list):
            parts = [self.fill_node(item, _ITEM) for item in value]
            return (
                Node.make(parts, node) if any(a is not b for a, b in zip(parts, value, strict=True)) else node
            )
        return node

    def _fill_text(self, text: str, node: Node, context: str) -> Node:
        written = emit_scalar(text)
        replaced = self._expand_text(written, node)
        if replaced == written:
            return node
        if _SIMPLE.fullmatch(replaced):
            return Node.make(resolve_helm_scalar(replaced), node)
        try:
            read = _parse_yaml(context + replaced, node)
        except InputError:
            # An unknown value may hold a quote or a bracket that ends the text as YAML.
            if self._all_known or "${" not in replaced:
                raise
            return node
        child = read.get("k" if context == _VALUE else 0)
        if child is None or len(read.map) + len(read.list) != 1:
            raise _make_unreadable(node)
        return replace_text(node, child.value) if isinstance(child.value, str) else move_node(child, node)

    def _fill_key(self, key: str, node: Node) -> str:
        if "$" not in key:
            return key
        name = node.get_key(key)
        read = _parse_yaml(self._expand_text(emit_scalar(key, key=True), name) + _KEY, name).map
        if [child.value for child in read.values()] != ["v"]:
            raise _make_unreadable(name)
        return next(iter(read))

    def _expand_text(self, text: str, node: Node) -> str:
        def find(name: str) -> str | None:
            value = self._texts.get(name, self._other)
            self._budget.spend(node, text=len(value or ""))
            return value

        try:
            return expand_variables(text, find)
        except ValueError as error:
            raise node.error(str(error)) from error


def _parse_yaml(text: str, node: Node) -> Node:
    documents = list(parse_documents(f"{text}\n", node.file, resolve=resolve_helm_scalar))
    if len(documents) != 1 or not isinstance(documents[0], Document) or documents[0].problems:
        raise _make_unreadable(node)
    return documents[0].root


def _make_unreadable(node: Node) -> InputError:
    return node.error("Flux cannot read this as YAML once its variables are replaced")
