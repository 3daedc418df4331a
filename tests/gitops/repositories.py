"""Small repositories for tests: their files by path, and what vpnlint takes as applied of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from vpnlint.check import list_objects
from vpnlint.errors import InputError
from vpnlint.source.node import Node


def lay_out(root: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder that is a repository of git's, and return it."""
    (root / ".git").mkdir(exist_ok=True)
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(dedent(text))
    return root


def ks(name: str, path: str, more: str = "", metadata: str = "") -> str:
    """Return a Flux Kustomization; more: further lines of its spec, metadata: of its metadata, as a flow
    mapping's."""
    head = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\n"
        "kind: Kustomization\n"
        f"metadata: {{name: {name}, namespace: flux-system{metadata}}}\n"
        f"spec:\n  path: {path}\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n"
    )
    return head + (indent(dedent(more).rstrip(), "  ") + "\n" if more else "")


def pod(name: str, more: str = "") -> str:
    """Return a Pod of a torrent client; more: further fields of its metadata, as a flow mapping's."""
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}{more}}}\n"
        "spec:\n  containers:\n    - name: app\n      image: linuxserver/qbittorrent:5.1.2\n"
    )


def several(*objects: str) -> str:
    """Return objects as the documents of one file."""
    return "---\n".join(objects)


def objects(root: Path) -> tuple[list[Node], tuple[InputError, ...]]:
    """Return what is applied of a repository, and what is wrong with it."""
    return list_objects([str(root)])


def names(root: Path, kind: str = "Pod") -> list[str]:
    """Return the names, with their namespaces where they have one, of the applied objects of a kind, in
    order."""
    nodes, _ = objects(root)
    found = [node.to_plain() for node in nodes]
    metadata = [thing["metadata"] for thing in found if thing["kind"] == kind]
    return sorted("/".join(filter(None, (item.get("namespace"), item["name"]))) for item in metadata)


def only(root: Path) -> Node:
    """Return the one Pod that is applied, where nothing is wrong."""
    nodes, problems = objects(root)
    assert problems == ()
    (found,) = [node for node in nodes if node.to_plain()["kind"] == "Pod"]
    return found


def plain(node: Node) -> dict[str, Any]:
    """Return an object as plain data."""
    found: dict[str, Any] = node.to_plain()
    return found


def image(node: Node) -> str:
    """Return the image of a Pod's first container."""
    found = node.get("spec", "containers", 0, "image")
    assert found is not None
    return found.text


def place(node: Node | None, root: Path) -> tuple[str, int, int]:
    """Return the file below the repository, the line and the column of a Node."""
    assert node is not None
    return Path(node.span.file).resolve().relative_to(root).as_posix(), *node.span[1:3]
