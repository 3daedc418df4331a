"""`vpnlint render`: prints the workloads that will run, as Kubernetes YAML."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from vpnlint.admission.yaml_text import dump_document
from vpnlint.check import list_objects, list_workloads
from vpnlint.report.plain import clean_text, describe_problem, escape_path
from vpnlint.report.terminal import write_text
from vpnlint.source.node import Node
from vpnlint.workloads.workload import Workload

_HIDDEN = "(hidden)"


def run(arguments: argparse.Namespace) -> int:
    """Print each workload or applied object with its source, and the problems to standard error."""
    paths = arguments.paths or ["."]
    if arguments.objects:
        objects, problems = list_objects(paths, rendered=arguments.rendered)
        texts = [_render_document(node, node) for node in objects]
    else:
        workloads, problems = list_workloads(
            arguments.paths or ["."], rendered=arguments.rendered, helm=arguments.helm
        )
        texts = [_render_workload(workload) for workload, _ in workloads]
    write_text(sys.stdout, "".join(texts))
    write_text(sys.stderr, "".join(map(describe_problem, problems)))
    return 2 if problems else 0


def _render_workload(workload: Workload) -> str:
    if workload.object is not None:
        return _render_document(workload.object, workload.source)
    about = clean_text(f"{workload.title} ({_write_place(workload.source)}): {workload.reason}")
    return f"# Unknown: {about}; render it with --helm, or pipe in the output of helm template\n"


def _render_document(node: Node, source: Node) -> str:
    return f"---\n# Source: {_write_place(source)}\n{dump_document(_hide_secrets(node.to_plain()))}"


def _hide_secrets(document: Any) -> Any:  # noqa: ANN401  (plain data of any shape)
    """Return an object, without the values of a Secret, as the output may end up in a public log."""
    if not isinstance(document, dict) or document.get("kind") != "Secret":
        return document
    hidden = {
        key: dict.fromkeys(values, _HIDDEN) if isinstance(values, dict) else _HIDDEN
        for key, values in document.items()
        if key in ("data", "stringData", "sops")
    }
    return {**document, **hidden, "metadata": _hide_copies(document.get("metadata"))}


def _hide_copies(metadata: Any) -> Any:  # noqa: ANN401  (plain data of any shape)
    """Return a Secret's metadata without annotations' values: `kubectl apply` copies the Secret into one."""
    if not isinstance(metadata, dict) or not isinstance(metadata.get("annotations"), dict):
        return metadata
    return {**metadata, "annotations": dict.fromkeys(metadata["annotations"], _HIDDEN)}


def _write_place(node: Node) -> str:
    return f"{escape_path(node.file)}:{node.span.line}"
