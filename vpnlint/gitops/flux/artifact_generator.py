"""Flux's ArtifactGenerator: where the files of an ExternalArtifact lie in the repository.

Source: source-watcher v2.2, docs/spec/v1beta1/artifactgenerators.md (copy operations: `from` is `@alias/pattern`, `to` is
`@artifact/path`; a pattern copies what is below its folder). A folder by its name may be meant as itself or as what is in it.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterable, Iterator

from vpnlint.source.node import Node

_GROUP = "source.extensions.fluxcd.io/"
_PLACE = re.compile(r"@(?P<name>[^/]*)/?(?P<path>.*)", re.DOTALL)
_WILD = re.compile(r"[*?\[{]")
_TARGET = "artifact"
_IN_REPOSITORY = ("GitRepository", "OCIRepository", "Bucket")


def is_artifact_generator(node: Node) -> bool:
    """Tell whether an object is an ArtifactGenerator."""
    return node.text_at("kind") == "ArtifactGenerator" and node.text_at("apiVersion").startswith(_GROUP)


def find_sources(
    generators: Iterable[Node], namespace: str, name: str, path: str
) -> Iterator[tuple[Node, str]]:
    """Yield the sources, and the paths in them, that a path of an ExternalArtifact may be copied from, the last copy first.

    A source is the entry of `spec.sources`, with its kind, name and namespace. Which of the paths is there decides.
    """
    for generator in generators:
        if generator.text_at("metadata", "namespace") not in ("", namespace):
            continue
        sources = {source.text_at("alias"): source for source in generator.items("spec", "sources")}
        for artifact in generator.items("spec", "artifacts"):
            if artifact.text_at("name") != name:
                continue
            for copy in reversed(artifact.items("copy")):
                alias, origin = _place(copy.text_at("from"))
                target, base = _place(copy.text_at("to"))
                source = sources.get(alias)
                if target == _TARGET and source is not None and source.text_at("kind") in _IN_REPOSITORY:
                    yield from (
                        (source, place) for place in _origins(_parts(origin), _parts(base), _parts(path))
                    )


def _place(text: str) -> tuple[str, str]:
    match = _PLACE.match(text)
    return (match["name"], match["path"].strip("/")) if match else ("", "")


def _origins(origin: list[str], base: list[str], wanted: list[str]) -> Iterator[str]:
    """Yield where a path of the artifact may lie in the source of one copy; nothing where the copy does not reach it."""
    rest = wanted[len(base) :]
    if wanted[: len(base)] != base:
        return
    fixed = [*itertools.takewhile(lambda part: not _WILD.search(part), origin)]
    if fixed == origin and rest[:1] == origin[-1:]:
        yield "/".join([*fixed, *rest[1:]])
    yield "/".join([*fixed, *rest]) or "."


def _parts(path: str) -> list[str]:
    return [part for part in os.path.normpath(path.strip("/") or ".").split("/") if part not in (".", "")]
