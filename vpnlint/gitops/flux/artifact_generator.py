"""Flux's ArtifactGenerator: the places in the repository that it copies an ExternalArtifact's files from.

Source: source-watcher v2.2, docs/spec/v1beta1/artifactgenerators.md (copy operations: `from` is
`@alias/pattern`, `to` is `@artifact/path`; a pattern copies what is below its folder). A folder's
name may stand for the folder or for its content.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator

from vpnlint.files.facts import Lead
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node

_GROUP = "source.extensions.fluxcd.io/"
_PLACE = defer_pattern(r"@(?P<name>[^/]*)/?(?P<path>.*)", re.DOTALL)
_WILD = defer_pattern(r"[*?\[{]")
EXTERNAL_ARTIFACT = "ExternalArtifact"
_TARGET = "artifact"
_IN_REPOSITORY = ("GitRepository", "OCIRepository", "Bucket")


def is_artifact_generator(node: Node) -> bool:
    """Tell whether an object is an ArtifactGenerator."""
    return node.text_at("kind") == "ArtifactGenerator" and node.text_at("apiVersion").startswith(_GROUP)


def read_copy_leads(generator: Node) -> Iterator[Lead]:
    """Yield the copies of an ArtifactGenerator, the last of each artifact, which counts, first."""
    sources = {source.text_at("alias"): source for source in generator.items("spec", "sources")}
    own = generator.text_at("metadata", "namespace")
    for artifact in generator.items("spec", "artifacts"):
        for copy in reversed(artifact.items("copy")):
            alias, origin = _split_place(copy.text_at("from"))
            target, base = _split_place(copy.text_at("to"))
            source = sources.get(alias)
            if target == _TARGET and source is not None and source.text_at("kind") in _IN_REPOSITORY:
                namespace = source.text_at("namespace") or own
                named = source.text_at("kind"), namespace, source.text_at("name")
                yield Lead(origin, named, used=True, artifact=(own, artifact.text_at("name"), base))


def find_copy_origins(copy: Lead, lead: Lead) -> Iterator[Lead]:
    """Yield the paths that a path of an ExternalArtifact may have in the source of one copy.

    The first that exists is the right one.
    """
    kind, namespace, name = lead.source
    if kind != EXTERNAL_ARTIFACT or copy.artifact[:2] != (namespace, name):
        return
    for path in _list_origins(_split_path(copy.path), _split_path(copy.artifact[2]), _split_path(lead.path)):
        yield lead._replace(path=path, source=copy.source)


def _split_place(text: str) -> tuple[str, str]:
    match = _PLACE.match(text)
    return (match["name"], match["path"].strip("/")) if match else ("", "")


def _list_origins(origin: list[str], base: list[str], wanted: list[str]) -> Iterator[str]:
    """Yield the paths that a path of the artifact may have in the source; none if it was not copied."""
    rest = wanted[len(base) :]
    if wanted[: len(base)] != base:
        return
    fixed = [*itertools.takewhile(lambda part: not _WILD.search(part), origin)]
    if fixed == origin and rest[:1] == origin[-1:]:
        yield "/".join([*fixed, *rest[1:]])
    yield "/".join([*fixed, *rest]) or "."


def _split_path(path: str) -> list[str]:
    return [part for part in os.path.normpath(path.strip("/") or ".").split("/") if part not in (".", "")]
