"""The last steps of a Flux Kustomization, after kustomize built its objects: common metadata and variables.

Source: kustomize-controller v1.6 to v1.9 (kustomization_controller.go) and fluxcd/pkg kustomize
(kustomize_varsub.go).
"""

from __future__ import annotations

from collections.abc import Iterable

from vpnlint.errors import InputError
from vpnlint.gitops.flux.substitute import Variables
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.makers import Substitute
from vpnlint.gitops.objects import Objects
from vpnlint.source.budget import Budget
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node

# The beginning of a value that SOPS encrypted.
_ENCRYPTED = "ENC[AES256_GCM,"


class PostBuild:
    """Finishes the objects of Kustomizations, and knows the ConfigMaps that their variables come from."""

    def __init__(self, substitute: Substitute) -> None:
        """Take the function that replaces variables; start without any ConfigMap."""
        self._substitute = substitute
        self._config_maps: dict[str, list[Node]] = {}

    def remember(self, resource: Resource) -> None:
        """Remember an applied object if variables may come from it."""
        if resource.kind == "ConfigMap":
            self._config_maps.setdefault(resource.name, []).append(resource.node)

    def lacks_variables(self, kustomization: Node) -> bool:
        """Tell whether a ConfigMap with a Kustomization's variables has not been applied so far."""
        return any(
            reference.text_at("kind") == "ConfigMap" and self._find_source(reference, kustomization) is None
            for reference in kustomization.items("spec", "postBuild", "substituteFrom")
        )

    def finish(self, resources: Iterable[Resource], owner: Resource, budget: Budget) -> list[InputError]:
        """Add a Kustomization's common metadata to objects, replace their variables and note its file.

        Returns the errors at which Flux would stop; the objects concerned keep their variables.
        """
        kustomization = owner.node
        common = kustomization.get("spec", "commonMetadata")
        has_variables = kustomization.get("spec", "postBuild") is not None
        variables = self._collect_variables(kustomization) if has_variables else Variables({})
        problems: list[InputError] = []
        for resource in resources:
            resource.via |= owner.via | {kustomization.file}
            resource.owner = owner.name
            # Variables often come from a patch by the Kustomization above, which the repository may lack.
            resource.left_by = "" if variables.replace or not owner.owner else owner.name
            for key in ("labels", "annotations") if common is not None else ():
                pairs = common.get(key) if common is not None else None
                if pairs is not None:
                    merged = {**resource.node.fields("metadata", key), **pairs.map}
                    resource.node = put_value(resource.node, ("metadata", key), Node.make(merged, pairs))
            try:
                resource.node = self._substitute(resource.node, variables, budget)
            except InputError as error:
                problems.append(error)
        return problems

    def _collect_variables(self, kustomization: Node) -> Variables:
        """Return a Kustomization's variables."""
        variables: dict[str, Node] = {}
        elsewhere = False
        for reference in kustomization.items("spec", "postBuild", "substituteFrom"):
            source = self._find_source(reference, kustomization)
            if source is None:
                elsewhere = True
                continue
            for name, value in source.fields("data").items():
                if value.text.startswith(_ENCRYPTED):
                    elsewhere = True
                else:
                    variables[name] = value
        variables |= kustomization.fields("spec", "postBuild", "substitute")
        always = kustomization.text_at("spec", "postBuild", "substituteStrategy") == "Always"
        return Variables(variables, elsewhere, always)

    def _find_source(self, reference: Node, kustomization: Node) -> Node | None:
        """Return the ConfigMap that variables come from; a Secret's values are never read."""
        if reference.text_at("kind") != "ConfigMap":
            return None
        candidates = Objects(self._config_maps.get(reference.text_at("name"), ()))
        namespace = kustomization.text_at("metadata", "namespace")
        return candidates.find("ConfigMap", namespace, reference.text_at("name"))
