"""A fix: the changes to the Pod that a rule proposes, and the edits of files that carry them out."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from vpnlint.source.node import Span

FixAction: TypeAlias = Literal["set", "rename", "remove", "add", "move", "pin"]
FixBase: TypeAlias = Literal["container", "pod", "workload"]


class FixStep(NamedTuple):
    """One change to a Pod, and the places in the repository where the changed fields come from.

    path is relative to base: the container (`container`), the Pod template (`pod`) or the object (`workload`)
    that the finding is about. It consists of keys and names of list items, separated by dots. value is the
    new value (set), the new name (rename) or the addition (add), as YAML unless the field is a variable; it
    is empty for remove. move puts the container into the Pod's list of this name, behind the container named
    by value if the list has one. pin adds the image's digest. If path leads to a text of lines (a
    configuration file), line is the key in that text to change, instead of the whole text.

    place is where base stands. keys are the keys of path, found the places of those that exist, and siblings
    the places of the children of the last one found. current is the value at the end of path if it is a
    scalar.
    """

    action: FixAction
    path: str
    value: str
    base: FixBase
    place: Span
    keys: tuple[str, ...] = ()
    found: tuple[Span, ...] = ()
    siblings: tuple[Span, ...] = ()
    current: str | None = None
    line: str = ""


class Fix(NamedTuple):
    """The changes that resolve a finding, in order.

    safe tells whether they need no review by a person; reason says why they do, or what follows from them.
    vpnlint/fixing turns them into edits of files.
    """

    steps: tuple[FixStep, ...]
    safe: bool
    reason: str

    @property
    def summary(self) -> str:
        """The changes in one line, without values that are mappings or lists."""
        return ", ".join(map(_summarize, self.steps))


def _summarize(step: FixStep) -> str:
    action = "move to" if step.action == "move" else step.action
    if step.action not in ("set", "rename") or step.value.startswith(("{", "[")):
        return f"{action} {step.path}"
    value = " ".join(step.value.split())
    return f"{action} {step.path} to {value or 'nothing'}"


class Replacement(NamedTuple):
    """A text that replaces the text at a place in a file."""

    span: Span
    text: str
