"""`vpnlint render`: the workloads that will run, as Kubernetes YAML."""

from __future__ import annotations

import argparse
import sys

import yaml

from vpnlint.check import render
from vpnlint.node import Node
from vpnlint.report.plain import problem_line, shown
from vpnlint.scalars import resolve
from vpnlint.terminal import write

# A width that no text reaches, and that libyaml still takes.
_ONE_LINE = 1 << 30


class _Dumper(yaml.CSafeDumper):
    """Quotes each string that Kubernetes would read as something else (`1e3`), not only those PyYAML would."""


def _string(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style=None if resolve(text) == text else '"'
    )


_Dumper.add_representer(str, _string)


def run(arguments: argparse.Namespace) -> int:
    """Print each workload with the place it comes from, and the problems to standard error."""
    nodes, problems = render(arguments.paths)
    write(sys.stdout, "".join(map(_document, nodes)))
    write(sys.stderr, "".join(map(problem_line, problems)))
    return 2 if problems else 0


def _document(node: Node) -> str:
    text = yaml.dump(node.plain(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_ONE_LINE)
    return f"---\n# Source: {shown(node.file)}:{node.span.line}\n{text}"
