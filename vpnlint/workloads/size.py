"""How large a Pod may be that is judged: its rules take time and memory with each container and value.

The largest Pod of the corpus has 7 containers, 37 variables, 350 values and a text of 4,400 characters.
"""

from __future__ import annotations

from vpnlint.source.node import Node
from vpnlint.workloads.workload import Workload

MAX_CONTAINERS = 50
MAX_VALUES = 5_000
MAX_TEXT = 100_000


def check_size(workload: Workload) -> None:
    """Raise InputError, at the workload, where its Pod is larger than any that somebody wrote."""
    containers, values, text = len(workload.containers), 0, 0
    stack: list[Node] = [workload.template] if workload.template is not None else []
    while stack and values <= MAX_VALUES and text <= MAX_TEXT:
        node = stack.pop()
        values += 1
        text += len(node.text)
        stack += (*node.map.values(), *node.list)
    for count, most, what in (
        (containers, MAX_CONTAINERS, "containers"),
        (values, MAX_VALUES, "values"),
        (text, MAX_TEXT, "characters"),
    ):
        if count > most:
            message = f"a Pod of more than {most:,} {what}: no client is run so; this is not judged"
            raise workload.source.error(message)
