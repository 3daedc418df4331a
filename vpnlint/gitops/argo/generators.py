"""The generators of an Argo CD ApplicationSet → the parameters of its Applications.

Source: argo-cd v3.5, applicationset/generators/{list,matrix,merge,cluster}.go and
docs/operator-manual/applicationset. Generators that ask a server (SCM providers, pull requests, plugins, the
clusters that Argo CD knows) cannot be determined offline.
"""

from __future__ import annotations

from collections.abc import Iterator

from vpnlint.errors import InputError
from vpnlint.files.tree import Tree
from vpnlint.gitops.argo.git_generator import Fill, GitGenerator, LocateSource
from vpnlint.gitops.argo.parameters import (
    Parameters,
    flatten_parameters,
    identify_parameters,
    read_parameter_sets,
)
from vpnlint.source.budget import Budget
from vpnlint.source.node import Node

_KINDS = ("list", "git", "matrix", "merge", "clusters")
_IN_CLUSTER = {
    "name": "in-cluster",
    "nameNormalized": "in-cluster",
    "server": "https://kubernetes.default.svc",
}
_MAX_NESTING = 3


class Generators:
    """Expands the generators of one ApplicationSet."""

    def __init__(
        self,
        tree: Tree,
        locate: LocateSource,
        fill: Fill,
        budget: Budget,
        unknown: list[InputError],
        *,
        flat: bool,
    ) -> None:
        """Take the files and how texts are filled in; unknown takes the reasons why parameters are missing.

        flat: parameters have dotted names (`path.basename`), as without goTemplate.
        """
        self._fill = fill
        self._budget = budget
        self._unknown = unknown
        self._flat = flat
        self._git = GitGenerator(tree, locate, fill, budget, flat, self._give_up, unknown)

    def expand(self, generator: Node, depth: int = 0) -> list[Parameters]:
        """Return the sets of parameters that a generator yields; reasons why some are missing are noted."""
        kind = next((key for key in _KINDS if key in generator.map), "")
        if not kind:
            named = next((key for key in generator.map if key not in ("selector", "template")), "none")
            self._give_up(generator, f"its generator {named} asks a server")
            return []
        if depth > _MAX_NESTING:
            self._give_up(generator, "its generators nest too deeply")
            return []
        selector = generator.get("selector")
        selected = []
        for parameters in self._expand_kind(kind, generator.map[kind], depth):
            self._budget.spend(generator, objects=1, steps=10 + len(parameters))
            if selector is None or self._is_selected(parameters, selector):
                selected.append(parameters)
        return selected

    def _expand_kind(self, kind: str, generator: Node, depth: int) -> Iterator[Parameters]:
        if kind == "list":
            yield from self._expand_list(generator)
        elif kind == "git":
            yield from self._git.expand(generator)
        elif kind == "matrix":
            yield from self._expand_matrix(generator, depth)
        elif kind == "merge":
            yield from self._expand_merge(generator, depth)
        else:
            yield from self._expand_clusters(generator)

    def _expand_list(self, generator: Node) -> Iterator[Parameters]:
        elements = generator.items("elements")
        text = generator.get("elementsYaml")
        if text is not None and text.text:
            elements = [*elements, *read_parameter_sets(text)]
        for element in elements:
            # argo-cd reads null as an element without parameters, and refuses all but mappings.
            if element.value is not None and not isinstance(element.value, dict):
                self._give_up(element, "an element of its list is no mapping")
                continue
            values = element.to_plain() or {}
            yield flatten_parameters(values) if self._flat else values

    def _expand_matrix(self, generator: Node, depth: int) -> Iterator[Parameters]:
        generators = generator.items("generators")
        if len(generators) != 2:  # argo-cd: ErrMoreThanTwoGenerators, ErrLessThanTwoGenerators
            self._give_up(generator, "a matrix takes two generators")
            return
        for first in self.expand(generators[0], depth + 1):
            for second in self.expand(self._fill(generators[1], first), depth + 1):
                yield {**first, **second}

    def _expand_merge(self, generator: Node, depth: int) -> Iterator[Parameters]:
        keys = [key.text for key in generator.items("mergeKeys")]
        first, *others = [self.expand(item, depth + 1) for item in generator.items("generators")] or [[]]
        by_keys = [{identify_parameters(item, keys): item for item in reversed(other)} for other in others]
        for parameters in first:
            merged = dict(parameters)
            for known in by_keys:
                merged |= known.get(identify_parameters(parameters, keys), {})
            yield merged

    def _expand_clusters(self, generator: Node) -> Iterator[Parameters]:
        """Yield the cluster that Argo CD itself runs in.

        The others are Secrets, which repositories rarely hold.
        """
        if generator.fields("selector"):
            self._give_up(generator, "which clusters it selects is only known to Argo CD")
            return
        values = {key: value.to_plain() for key, value in generator.fields("values").items()}
        if self._flat:
            yield {**_IN_CLUSTER, **{f"values.{key}": value for key, value in values.items()}}
        else:
            yield {**_IN_CLUSTER, "metadata": {"labels": {}, "annotations": {}}, "values": values}

    def _is_selected(self, parameters: Parameters, selector: Node) -> bool:
        """Tell whether a generator's selector takes parameters; its expressions are taken to hold."""
        flat = parameters if self._flat else flatten_parameters(parameters)
        return all(
            str(flat.get(key)) == value.scalar_text for key, value in selector.fields("matchLabels").items()
        )

    def _give_up(self, place: Node, reason: str) -> None:
        self._unknown.append(place.error(f"cannot determine what this ApplicationSet generates: {reason}"))
