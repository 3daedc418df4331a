"""Flux Operator's ResourceSet: each of its resources, filled in with each of its inputs.

Source: flux-operator v0.58, docs/api/v1/resourceset.md and internal/builder/resourceset.go: every resource is
written as YAML, filled in as a Go template between `<<` and `>>` with sprig's functions, and read again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from vpnlint.errors import InputError
from vpnlint.gitops.flux.yaml_scalar import emit_scalar
from vpnlint.source.budget import Budget
from vpnlint.source.document import Document, parse_documents, parse_embedded, replace_text
from vpnlint.source.edit import move_node
from vpnlint.source.go_template.dialects import RESOURCE_SET
from vpnlint.source.go_template.limits import Undecidable
from vpnlint.source.go_template.render import Renderer
from vpnlint.source.node import Node
from vpnlint.source.scalars import resolve_kustomize_scalar

_GROUP = "fluxcd.controlplane.io/"
_LEFT = RESOURCE_SET.delimiters[0]
_KEY = "k: "
# The cost of reading a filled text again, in steps of the budget.
_READING = 60
# The annotation that excludes an object (docs/api/v1/resourceset.md, "Conditional resource exclusion").
_EXCLUDES = ("metadata", "annotations", "fluxcd.controlplane.io/reconcile")


def is_resource_set(node: Node) -> bool:
    """Tell whether an object is a ResourceSet."""
    return node.text_at("kind") == "ResourceSet" and node.text_at("apiVersion").startswith(_GROUP)


def is_input_provider(node: Node) -> bool:
    """Tell whether an object provides the inputs of ResourceSets."""
    return node.text_at("kind") == "ResourceSetInputProvider" and node.text_at("apiVersion").startswith(
        _GROUP
    )


def expand_resource_set(
    node: Node, providers: Iterable[Node], budget: Budget
) -> tuple[list[Node], list[InputError]]:
    """Return the objects that a ResourceSet generates, and why others cannot be determined.

    providers: the ResourceSetInputProviders that are applied. budget: a part of the run's. A text that needs
    a cluster or an unknown function stays as written, within `${…}`, so that it counts as unknown.
    """
    expansion = _Expansion(node, budget)
    try:
        for inputs in expansion.list_inputs(providers):
            expansion.add_objects(inputs)
    except InputError as error:
        expansion.unknown.append(error)
    return [*expansion.made.values()], expansion.unknown


class _Expansion:
    def __init__(self, root: Node, budget: Budget) -> None:
        self._root = root
        self._budget = budget
        self.made: dict[str, Node] = {}
        self.unknown: list[InputError] = []

    def list_inputs(self, providers: Iterable[Node]) -> Iterator[dict[str, Any]]:
        """Yield the set's own inputs and those of its providers, or an empty one if it names none."""
        own = self._root.items("spec", "inputs")
        references = self._root.items("spec", "inputsFrom")
        if references and self._root.text_at("spec", "inputStrategy", "name") == "Permute":
            self._give_up(references[0], "the strategy Permute is not followed")
            return
        for item in own:
            yield item.to_plain() if item.map else {}
        for reference in references:
            named = [provider for provider in providers if self._is_named(provider, reference)]
            if not named:
                self._give_up(reference, "its ResourceSetInputProvider is not in the repository")
            for provider in named:
                values = provider.get("spec", "defaultValues")
                if provider.text_at("spec", "type") != "Static" or values is None:
                    kind = provider.text_at("spec", "type")
                    self._give_up(
                        reference, f"its inputs are of type {kind or '(none)'}, which only a server knows"
                    )
                else:
                    yield {**values.to_plain(), "provider": _describe_provider(provider)}
        if not own and not references:
            yield {}

    def _is_named(self, provider: Node, reference: Node) -> bool:
        namespaces = {root.text_at("metadata", "namespace") for root in (provider, self._root)} - {""}
        if len(namespaces) > 1:
            return False
        name = reference.text_at("name")
        wanted = reference.fields("selector", "matchLabels")
        if name or not wanted:
            return bool(name) and provider.text_at("metadata", "name") == name
        labels = provider.fields("metadata", "labels")
        return all(key in labels and labels[key].value == value.value for key, value in wanted.items())

    def add_objects(self, inputs: dict[str, Any]) -> None:
        """Add the objects of one set of inputs."""
        renderer = Renderer(RESOURCE_SET, self._pay, {"inputs": lambda: inputs})
        for part in [*self._root.items("spec", "steps"), self._root.get("spec") or self._root]:
            for resource in part.items("resources"):
                if resource.map:
                    self._keep_object(self._fill_node(resource, renderer))
            template = part.get("resourcesTemplate")
            if template is not None and template.text:
                self._add_template(template, renderer)

    def _add_template(self, template: Node, renderer: Renderer) -> None:
        try:
            text = renderer.render(template.text, None)
        except Undecidable as error:
            self._give_up(template, f"its template cannot be filled in: {error}")
            return
        for document in parse_embedded(replace_text(template, text)):
            if isinstance(document, Document):
                self._keep_object(document.root)
            else:
                self.unknown.append(document)

    def _keep_object(self, node: Node) -> None:
        """Add an object unless it is excluded or other inputs generated it already."""
        self._budget.spend(self._root, objects=1)
        if node.map and node.text_at(*_EXCLUDES) != "disabled":
            names = [node.scalar_at(*path) for path in (("apiVersion",), ("kind",))]
            names += [node.scalar_at("metadata", key) for key in ("namespace", "name")]
            self.made.setdefault(json.dumps(names), node)

    def _fill_node(self, node: Node, renderer: Renderer) -> Node:
        self._budget.spend(node, nodes=1)
        if isinstance(node.value, dict):
            fields = {
                self._fill_key(key, node, renderer): self._fill_node(child, renderer)
                for key, child in node.map.items()
            }
            return Node.make({**fields}, node)
        if isinstance(node.value, list):
            return Node.make([self._fill_node(child, renderer) for child in node.list], node)
        return self._fill_scalar(node, renderer) if _LEFT in node.text else node

    def _fill_key(self, text: str, place: Node, renderer: Renderer) -> str:
        if _LEFT not in text:
            return text
        try:
            return renderer.render(text, None)
        except Undecidable:
            return f"${{{text}}}"

    def _fill_scalar(self, node: Node, renderer: Renderer) -> Node:
        self._budget.spend(node, steps=_READING)
        written = emit_scalar(node.text)
        try:
            filled = renderer.render(written, None)
        except Undecidable:
            return Node.make(f"${{{node.text}}}", node)
        document = next(parse_documents(f"{_KEY}{filled}\n", node.file, None, resolve_kustomize_scalar), None)
        value = document.root.get("k") if isinstance(document, Document) else None
        if value is None or not isinstance(document, Document) or len(document.root.map) != 1:
            message = "Flux cannot read this as YAML once its inputs are filled in"
            raise node.error(message)
        return replace_text(node, value.value) if isinstance(value.value, str) else move_node(value, node)

    def _pay(self, steps: int, text: int) -> None:
        self._budget.spend(self._root, steps=steps, text=text)

    def _give_up(self, place: Node, reason: str) -> None:
        message = f"the ResourceSet {self._root.text_at('metadata', 'name')} cannot be resolved: {reason}"
        self.unknown.append(place.error(message))


def _describe_provider(provider: Node) -> dict[str, str]:
    about = {key: provider.text_at(key) for key in ("apiVersion", "kind")}
    return {**about, **{key: provider.text_at("metadata", key) for key in ("name", "namespace")}}
