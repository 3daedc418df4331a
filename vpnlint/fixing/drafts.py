"""The drafts of the files that a fix changes, and the values in them that its steps refer to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vpnlint.fixing.draft import Draft
from vpnlint.fixing.syntax import Kind, Part
from vpnlint.fixing.text_edit import CannotEdit
from vpnlint.results.fix import FixStep
from vpnlint.source.node import Span

# A variable's text may stand in its item of a list, and that in a reference to a ConfigMap.
_DEPTH_OF_NAMED = 3


@dataclass(frozen=True)
class ValueRef:
    """A value of an original text."""

    file: str
    start: int
    kind: Kind


@dataclass(frozen=True)
class LocatedStep:
    """A step and the values that it refers to in the original texts; None for a value that is not written."""

    step: FixStep
    base: ValueRef | None
    found: tuple[ValueRef | None, ...]
    siblings: tuple[ValueRef | None, ...]


class Drafts:
    """Opens each file once, and finds the values of the original texts in the changed ones."""

    def __init__(self, read_text: Callable[[str], str | None]) -> None:
        """Take a function that returns a file's text without byte order mark; None if it is not editable."""
        self._read = read_text
        self._drafts: dict[str, Draft] = {}

    def open(self, file: str) -> Draft:
        """Return the draft of a file. Raises CannotEdit if it is not editable."""
        if file not in self._drafts:
            text = self._read(file)
            if text is None:
                raise CannotEdit(f"{file} is no file of this repository that can be edited")
            draft = Draft(text)
            if any(root.get("sops", "mac") is not None for root in draft.tree.roots):
                raise CannotEdit(f"{file} is encrypted by SOPS: edit it with sops")
            self._drafts[file] = draft
        return self._drafts[file]

    def changed(self) -> dict[str, Draft]:
        """Return the drafts that differ from the original text, by file."""
        return {file: draft for file, draft in self._drafts.items() if draft.text != draft.original}

    def locate(self, step: FixStep) -> LocatedStep:
        """Return a step with the values it refers to. Raises CannotEdit if a file of it is not editable."""

        def refer(span: Span) -> ValueRef | None:
            part = self.open(span.file).tree.find(span)
            return ValueRef(span.file, part.start, part.kind) if part is not None else None

        return LocatedStep(
            step, refer(step.place), tuple(map(refer, step.found)), tuple(map(refer, step.siblings))
        )

    def find_part(self, ref: ValueRef | None) -> Part | None:
        """Return a value as it is written now; None if it is not written."""
        return self.open(ref.file).find(ref.start, ref.kind) if ref is not None else None

    def find_base(self, located: LocatedStep) -> tuple[Draft, Part]:
        """Return the value that a step's path starts at. Raises CannotEdit where it is not written."""
        part = self.find_part(located.base)
        if part is None or located.base is None or part.kind not in ("mapping", "scalar"):
            place = located.step.place
            raise CannotEdit(f"what it changes is made of {place.file}:{place.line}, where it is not written")
        return self.open(located.base.file), part

    def find_value(self, located: LocatedStep) -> tuple[Draft, Part]:
        """Return the value at a step's path. Raises CannotEdit where it is not written as such."""
        step = located.step
        ref = located.found[-1] if located.found else None
        part = self.find_part(ref)
        place = step.found[-1] if step.found else step.place
        if ref is None or part is None or ref == located.base:
            raise CannotEdit(
                f"{step.path} comes from {place.file}:{place.line}, where it is not written as such"
            )
        if step.current is not None and part.kind == "scalar" and part.text != step.current:
            shown = part.text.strip().split("\n")[0]
            raise CannotEdit(
                f"{place.file}:{place.line} has {shown!r}, of which something else makes {step.path}"
            )
        return self.open(ref.file), part

    def find_named(self, located: LocatedStep) -> Part | None:
        """Return the entry under a step's last key; None if the value comes from elsewhere."""
        part = self.find_part(located.found[-1]) if located.found else None
        name = located.step.keys[-1]
        for outer in list(part.above())[:_DEPTH_OF_NAMED] if part is not None else ():
            named = outer.get("name")
            if outer.name == name or (named is not None and named.text == name and outer.kind == "mapping"):
                return outer
        return None

    def find_entry(self, located: LocatedStep) -> tuple[Draft, Part]:
        """Return the entry at a step's path: the value of its key, or the list item of its name.

        Raises CannotEdit if it is a default of the chart.
        """
        entry = self.find_named(located)
        if entry is None:
            place = located.step.found[-1]
            raise CannotEdit(
                f"{located.step.path} is the chart's own: {place.file}:{place.line} has no such value"
            )
        return self.find_value(located)[0], entry
