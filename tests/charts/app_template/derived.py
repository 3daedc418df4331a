"""Derives Pods from short values for the tests of app-template."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from vpnlint.charts.app_template.render import render_app_template
from vpnlint.charts.release import Release
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import POD_KINDS

ONE = "controllers: {c: {containers: {app: {$IMAGE}}}}\n"


def values(text: str) -> Node:
    """Read values; $IMAGE stands for the image that every container needs."""
    text = dedent(text).replace("$IMAGE", "image: {repository: r, tag: t1}")
    document = next(parse_documents(text, "values.yaml"))
    assert isinstance(document, Document)
    return document.root


def objects(text: str, version: str = "4.1.1", name: str = "tor") -> list[Node]:
    root = values(text)
    return render_app_template(Release(name, "media", "app-template", version, root, root))


def controllers(text: str, version: str = "4.1.1", name: str = "tor") -> list[Node]:
    return [node for node in objects(text, version, name) if node.text_at("kind") in POD_KINDS]


def pod(text: str, version: str = "4.1.1") -> Node:
    (controller,) = controllers(text, version)
    return field(controller, "spec", "template")


def field(node: Node, *path: str | int) -> Node:
    found = node.get(*path)
    assert found is not None, path
    return found


def spec(text: str, version: str = "4.1.1") -> dict[str, Any]:
    result: dict[str, Any] = field(pod(text, version), "spec").to_plain()
    return result


def container(body: str, version: str = "4.1.1", rest: str = "") -> dict[str, Any]:
    """Return the only container, which has the fields of `body`; `rest` is added to the values."""
    text = "controllers: {c: {containers: {app: {$IMAGE, $BODY}}}}\n".replace("$BODY", body)
    result: dict[str, Any] = spec(text + rest, version)["containers"][0]
    return result


def place(node: Node) -> tuple[int, int]:
    return node.span.line, node.span.column
