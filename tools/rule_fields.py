"""Prints docs/rule-fields.md: every field of `it` and `pod`, as the Pod view describes it (`make docs`)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from vpnlint.ruleset.view import ViewField, read_view

INTRODUCTION = """\
# What a rule can ask

Made by `make docs` from [rules/views/pod.yaml](../rules/views/pod.yaml), which says how each field is worked
out.
A rule is asked of the `pod`, or of each of its clients, VPNs or containers, called `it`
([CONTRIBUTING.md](../CONTRIBUTING.md)). All of it is CEL: `it.env.exists(e, e.name == "DEBUG")`.

Where a program is marked as asked, its file in [rules/catalog](../rules/catalog) may say under `facts` what
holds for it.
"""


def page() -> str:
    """Return the page."""
    fields = {step.name: step.fields for step in read_view("pod")}
    pod = fields.pop("pods")
    container = [field for step in fields.values() for field in step]
    parts = [
        INTRODUCTION,
        "## `it`: a container\n",
        *table(container),
        "",
        "## `pod`: the Pod\n",
        *table(pod),
    ]
    return "\n".join(parts) + "\n"


def table(fields: Iterable[ViewField]) -> Iterator[str]:
    """Yield the lines of a table of the fields that rules may use, in alphabetical order."""
    yield "| field | type | what it says |"
    yield "|---|---|---|"
    for field in sorted(fields, key=lambda field: field.name.lower()):
        if not field.is_internal:
            means = field.means + (" (the program is asked)" if field.by_program else "")
            yield f"| `{field.name}` | {field.type} | {escape(means)} |"
            for name, said in field.items.items():
                type_, _, text = said.partition(": ")
                entry = f"{field.name}[].{name}" if field.type == "list" else f"{field.name}.{name}"
                yield f"| `{entry}` | {type_} | {escape(text)} |"


def escape(text: str) -> str:
    """Return text for a cell."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(page())
