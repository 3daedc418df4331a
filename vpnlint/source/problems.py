"""Finds what Flux or the API server refuses in a valid YAML document, and aliases that multiply it."""

from __future__ import annotations

import re

import yaml
from yaml.nodes import MappingNode, ScalarNode

from vpnlint.errors import DuplicateKey, InputError
from vpnlint.source.compose import MAX_DEPTH, MAX_NODES, PLAIN, is_merge_key
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.source_text import SourceText, list_merged

_SPECIAL_KEYS = frozenset(("<<", "", "~", "null", "Null", "NULL"))
_NOT_FINITE = defer_pattern(r"\.(?:inf|nan)\b", re.IGNORECASE)
_UNFINISHED = (0, 0)


def inspect_document(root: yaml.Node, text: SourceText) -> tuple[int, list[InputError]]:
    """Return the number of values in a document, and the problems for which Kustomize or Helm refuses it.

    Raises InputError if an alias contains itself, or if aliases multiply the document beyond its limits.
    Sources: Kustomize 5.8.1, which Flux uses, and Helm 4.2.4.
    """
    inspection = _Inspection(text, is_kustomization=_is_kustomization(root))
    size, _ = inspection.measure(root)
    return size, inspection.problems


def _is_kustomization(root: yaml.Node) -> bool:
    """Tell whether a document is one for kustomize itself, of which the last of two equal keys counts.

    Sources: kustomize 5.8.1, api/types/kustomization.go (Unmarshal); Flux's kustomize_generator.go
    (fluxcd/pkg/kustomize 1.39.0). Both refuse such keys in everything else.
    """
    return root.__class__ is MappingNode and any(
        key.value == "apiVersion"
        and value.__class__ is ScalarNode
        and value.value.startswith("kustomize.config.k8s.io/")
        for key, value in root.value
    )


class _Inspection:
    """One walk over a document."""

    def __init__(self, text: SourceText, *, is_kustomization: bool) -> None:
        self.problems: list[InputError] = []
        self._takes_last = is_kustomization
        self._text = text
        self._aliases = "*" in text.text and "&" in text.text
        self._scalars = "!" in text.text or _NOT_FINITE.search(text.text) is not None
        self._seen: dict[int, tuple[int, int]] = {}

    def measure(self, source: yaml.Node) -> tuple[int, int]:
        """Return the number of values and of levels in `source`, with its aliases followed."""
        if source.__class__ is ScalarNode:
            return 1, 1
        if self._aliases:
            known = self._seen.get(id(source))
            if known is not None:
                if known is _UNFINISHED:
                    raise self._text.error(source, "an alias in this value contains the value itself")
                return known
            self._seen[id(source)] = _UNFINISHED
        if source.__class__ is MappingNode:
            self._inspect_keys(source)
            children = [value for _, value in source.value]
        else:
            children = source.value
        size, depth = 1 + len(children), 0
        for child in children:
            if child.__class__ is not ScalarNode:
                below, levels = self.measure(child)
                size += below - 1
                depth = max(depth, levels)
            elif self._scalars:
                self._inspect_scalar(child)
        if size > MAX_NODES or depth >= MAX_DEPTH:
            message = f"aliases multiply this to more than {MAX_NODES:,} values or {MAX_DEPTH} levels"
            raise self._text.error(source, message)
        if self._aliases:
            self._seen[id(source)] = size, depth + 1
        return size, depth + 1

    def _inspect_keys(self, source: yaml.MappingNode) -> None:
        """Note the keys that Flux refuses; most mappings have none that is duplicate or special."""
        texts = {key.value for key, _ in source.value if key.__class__ is ScalarNode}
        if len(texts) == len(source.value) and texts.isdisjoint(_SPECIAL_KEYS):
            return
        seen = set()
        for key, value in source.value:
            if key.__class__ is not ScalarNode:
                self._note(key, "the key is not a scalar, so it is left out; Flux refuses it")
                continue
            if key.value in seen and not self._takes_last:
                error = self._text.error(key, f"the key {key.value!r} is given twice; Flux refuses it")
                self.problems.append(DuplicateKey(error.file, error.message, error.line, error.column))
            seen.add(key.value)
            if is_merge_key(key):
                for item in list_merged(value):
                    if item.__class__ is not MappingNode:
                        self._note(item, "a merge key takes a mapping or a list of mappings; Flux refuses it")
            elif key.tag == PLAIN and key.value in _SPECIAL_KEYS:
                self._note(key, "the key is null, so it is left out; Flux refuses it")

    def _inspect_scalar(self, source: yaml.ScalarNode) -> None:
        reason = self._text.explain_scalar_mismatch(source)
        if reason:
            self._note(source, f"{reason}; Flux refuses it")

    def _note(self, source: yaml.Node, message: str) -> None:
        self.problems.append(self._text.error(source, message))
