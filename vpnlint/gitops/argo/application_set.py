"""Argo CD's ApplicationSet: its template, filled in with each set of parameters that its generators yield.

Source: argo-cd v3.5, applicationset/utils/utils.go (Render.RenderTemplateParams) and controllers/template.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from vpnlint.errors import InputError
from vpnlint.files.tree import Tree
from vpnlint.gitops.argo.generators import Generators
from vpnlint.gitops.argo.git_generator import LocateSource
from vpnlint.gitops.argo.parameters import Parameters
from vpnlint.gitops.helm_release.merge import coalesce_values, read_values
from vpnlint.source.budget import Budget
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.document import replace_text
from vpnlint.source.edit import map_strings, put_value
from vpnlint.source.go_template.data import format_value
from vpnlint.source.go_template.dialects import APPLICATION_SET
from vpnlint.source.go_template.limits import Undecidable
from vpnlint.source.go_template.render import Renderer
from vpnlint.source.node import Node

# `{{ path.basename }}`, without Go's templates.
_NAME = defer_pattern(r"\{\{\s*([\w.\[\]/-]+)\s*\}\}")


def expand_application_set(
    node: Node, tree: Tree, locate: LocateSource, budget: Budget | None = None
) -> tuple[list[Node], list[InputError]]:
    """Return the Applications that an ApplicationSet generates, and why others cannot be determined.

    locate: where a path of a source is in the repository. budget: a part of the run's.
    """
    budget = budget if budget is not None else tree.budget.allot_part()
    flat = not node.is_true("spec", "goTemplate")
    filling = _Filling(node, budget, flat)
    generators = Generators(tree, locate, filling.fill, budget, filling.unknown, flat=flat)
    applications: list[Node] = []
    try:
        for generator in node.items("spec", "generators"):
            template = _merge_template(node, generator)
            sets = generators.expand(generator)
            applications += [filling.make_application(template, parameters) for parameters in sets]
    except InputError as error:
        filling.unknown.append(error)
    return applications, filling.unknown


def _merge_template(node: Node, generator: Node) -> Node:
    """Return the template of an ApplicationSet, merged with that of a generator."""
    own = node.get("spec", "template") or Node.make({}, node)
    kind = next((child for child in generator.map.values() if "template" in child.map), None)
    return coalesce_values(own, kind.map["template"]) if kind is not None else own


class _Filling:
    """Fills in the templates of one ApplicationSet."""

    def __init__(self, root: Node, budget: Budget, flat: bool) -> None:
        self._root = root
        self._budget = budget
        self._render: Callable[[str, Parameters], str] = (
            self._replace_names if flat else self._render_template
        )
        self.unknown: list[InputError] = []
        self._renderer = Renderer(APPLICATION_SET, self._pay)
        self._is_flat = flat

    def make_application(self, template: Node, parameters: Parameters) -> Node:
        """Return the Application that a set of parameters makes of a template."""
        filled = self.fill(template, parameters)
        patch = self._root.get("spec", "templatePatch")
        if patch is not None and patch.text and not self._is_flat:
            text = self._fill_text(patch, parameters).text
            if "${" in text:
                self._give_up(patch, "its templatePatch cannot be filled in")
            elif text.strip():
                filled = coalesce_values(filled, read_values(replace_text(patch, text)))
        for key, value in (("kind", "Application"), ("apiVersion", "argoproj.io/v1alpha1")):
            filled = put_value(filled, (key,), Node.make(value, self._root.get(key) or self._root))
        if (
            not filled.text_at("metadata", "namespace")
            and self._root.get("metadata", "namespace") is not None
        ):
            filled = put_value(filled, ("metadata", "namespace"), self._root.fields("metadata")["namespace"])
        return filled

    def fill(self, node: Node, parameters: Parameters) -> Node:
        """Return a Node with its texts filled in; a text that cannot be determined stands within `${…}`."""
        self._budget.spend(node, steps=5)
        return map_strings(node, lambda text: self._fill_text(text, parameters))

    def _fill_text(self, node: Node, parameters: Parameters) -> Node:
        if "{{" not in node.text:
            return node
        self._budget.spend(node, steps=1, nodes=1)
        try:
            text = self._render(node.text, parameters)
        except Undecidable as error:
            self._give_up(node, str(error))
            return Node.make(f"${{{node.text}}}", node)
        return replace_text(node, text)

    def _render_template(self, text: str, parameters: Parameters) -> str:
        return self._renderer.render(text, parameters)

    def _replace_names(self, text: str, parameters: Parameters) -> str:
        """Return a text with each `{{name}}` replaced. Raises Undecidable where no parameter has the name."""

        def find_value(match: re.Match[str]) -> str:
            if match[1] not in parameters:
                raise Undecidable(f"there is no parameter {match[1]}")
            filled = format_value(parameters[match[1]])
            self._pay(1, len(filled))
            return filled

        return _NAME.sub(find_value, text)

    def _pay(self, steps: int, text: int) -> None:
        self._budget.spend(self._root, steps=steps, text=text)

    def _give_up(self, place: Node, reason: str) -> None:
        self.unknown.append(place.error(f"cannot determine what this ApplicationSet generates: {reason}"))
