"""`vpnlint emit kyverno`: the rules as admission policies for Pods and what makes Pods."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import yaml

from vpnlint.errors import UsageError
from vpnlint.kyverno.policy import policies
from vpnlint.programs import read_view
from vpnlint.ruleset import load
from vpnlint.terminal import write


def run(arguments: argparse.Namespace) -> int:
    """Print the policies, or write each to a file of its own in the folder asked for. Raises UsageError if it can't."""
    ruleset = load([Path(folder) for folder in arguments.rules])
    view = read_view()
    made = [policy for rule in ruleset.rules for policy in policies(rule, ruleset.catalog, view)]
    texts = {
        policy["metadata"]["name"]: yaml.safe_dump(policy, sort_keys=False, width=120) for policy in made
    }
    if arguments.output is None:
        write(sys.stdout, "".join(f"---\n{text}" for text in texts.values()))
        return 0
    folder = Path(arguments.output)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written: {error.strerror}") from error
    return 0
