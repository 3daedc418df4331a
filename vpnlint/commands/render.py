"""`vpnlint render`: the workloads that will run, as Kubernetes YAML."""

from __future__ import annotations

import argparse
import sys

import yaml

from vpnlint.check import render
from vpnlint.pods import Workload
from vpnlint.report.plain import clean, problem_line, shown
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
    workloads, problems = render(arguments.paths)
    write(sys.stdout, "".join(map(_document, workloads)))
    write(sys.stderr, "".join(map(problem_line, problems)))
    return 2 if problems else 0


def _document(workload: Workload) -> str:
    source = f"{shown(workload.source.file)}:{workload.source.span.line}"
    if workload.object is None:
        about = clean(f"{workload.title} ({source}): {workload.reason}")
        return f"# Not known: {about}; render it with helm and pipe that in\n"
    plain = workload.object.plain()
    text = yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_ONE_LINE)
    return f"---\n# Source: {source}\n{text}"
