"""A folder as a source of an Argo CD Application: the files that it applies, and its changes to them.

Source: argo-cd v3.5, pkg/apis/application/v1alpha1/types.go (ApplicationSourceKustomize,
ApplicationSourceDirectory; ExplicitType: a directory with `recurse` is one whatever lies in it),
util/kustomize/kustomize.go (Build) and reposerver/repository/repository.go (findManifests).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

from vpnlint.files.facts import Directory
from vpnlint.files.workspace import Workspace
from vpnlint.gitops.kustomize.resource import Resource
from vpnlint.gitops.kustomize.transformers import split_kustomize_image
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.edit import put_value
from vpnlint.source.node import Node
from vpnlint.source.regex import matches_pattern

_AS_THEY_ARE = (
    "namePrefix",
    "nameSuffix",
    "namespace",
    "replicas",
    "patches",
    "components",
    "commonAnnotations",
)
_PART = defer_pattern(r"\[(?P<no>[!^]?)(?P<set>[^\]]+)\]|.", re.DOTALL)
_IN_SET, _ESCAPED = re.compile(r"[\\\[\]^]"), r"\\\g<0>"
_SIGNS = {"*": ".*", "?": ".", "{": "(?:", "}": ")"}
# No pattern of a person's is longer; one that is hides no file.
_MAX_PATTERN = 1000


def make_overlay(source: Node) -> Node | None:
    """Return the keys that a source adds to a kustomization; None if it adds none."""
    kustomize = source.get("kustomize")
    if kustomize is None or not kustomize.map:
        return None
    keys = {key: kustomize.map[key] for key in _AS_THEY_ARE if key in kustomize.map}
    images = [_convert_image(item) for item in kustomize.items("images") if item.text]
    if images:
        keys["images"] = Node.make([*images], kustomize)
    labels = kustomize.get("commonLabels")
    if labels is not None and labels.map:
        entry = {"pairs": labels}
        for key, told in (
            ("includeSelectors", "labelWithoutSelector"),
            ("includeTemplates", "labelIncludeTemplates"),
        ):
            is_set = kustomize.is_true(told)
            entry[key] = Node.make(is_set if key == "includeTemplates" else not is_set, labels)
        keys["labels"] = Node.make([Node.make({**entry}, labels)], labels)
    return Node.make({**keys}, kustomize) if keys else None


def _convert_image(item: Node) -> Node:
    """Return `[name=]image[:tag][@digest]` as an entry of kustomize's `images`."""
    before, separator, after = item.text.partition("=")
    name, tag, digest = split_kustomize_image(after if separator else before)
    fields = {"name": before if separator else name, "newTag": tag, "digest": digest}
    if separator:
        fields["newName"] = name
    return Node.make({key: Node.make(value, item) for key, value in fields.items() if value}, item)


def list_directory_files(workspace: Workspace, folder: str, directory: Directory) -> list[str]:
    """Return the manifests (absolute) that Argo CD takes of a folder (absolute) as a directory."""
    files = workspace.list_manifests(folder, recurse=directory.recurse)
    return [path for path in files if takes_file(directory, folder, path)]


def takes_file(directory: Directory, folder: str, file: str) -> bool:
    """Tell whether the patterns of a directory take a file below its folder; both paths are absolute."""
    path = os.path.relpath(file, folder).replace(os.sep, "/")
    if directory.exclude and _fits_pattern(directory.exclude, path):
        return False
    return not directory.include or _fits_pattern(directory.include, path) is not False


def _fits_pattern(pattern: str, path: str) -> bool | None:
    """Tell whether a path fits a pattern, in which `*` is any text and `{a,b}` is one of several.

    None if the pattern is no valid one.
    """
    if len(pattern) > _MAX_PATTERN:
        return None
    depth = 0
    regex = ""
    for match in _PART.finditer(pattern):
        sign = match[0]
        depth += (sign == "{") - (sign == "}")
        if match["set"]:
            no = "^" if match["no"] else ""
            regex += f"[{no}{_IN_SET.sub(_ESCAPED, match['set'])}]"
        else:
            regex += _SIGNS.get(sign) or ("|" if sign == "," and depth > 0 else re.escape(sign))
    try:
        return matches_pattern(f"(?s){regex}", path)
    except ValueError:
        return None


def place_in_namespace(resources: Iterable[Resource], application: Node) -> None:
    """Set the namespace of an Application's destination on objects that have none."""
    namespace = application.get("spec", "destination", "namespace")
    if namespace is None or not namespace.text:
        return
    for resource in resources:
        if resource.namespaced and not resource.namespace:
            resource.node = put_value(resource.node, ("metadata", "namespace"), namespace)
