"""Reads the paths of fields that a kustomization names, each as steps from an object's root."""

from __future__ import annotations

from collections.abc import Sized

from vpnlint.source.compose import MAX_DEPTH
from vpnlint.source.node import Node


def read_field_path(spec: Node) -> tuple[str, ...]:
    """Return the steps of a field spec's `path`. Raises InputError as check_steps does."""
    steps = tuple(spec.text_at("path").split("/"))
    check_steps(steps, spec)
    return steps


def check_steps(steps: Sized, place: Node, what: str = "a field path") -> None:
    """Raise InputError at the place if a path has more steps than any object has levels.

    What a path creates would be nested that deeply, and everything recurses over objects.
    """
    if len(steps) > MAX_DEPTH:
        raise place.error(f"{what} of more than {MAX_DEPTH} steps: no object is nested so deeply")
