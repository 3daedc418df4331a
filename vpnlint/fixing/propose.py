"""A finding → the edits that mend it, or why there are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vpnlint.fixing.drafts import Drafts
from vpnlint.fixing.edit_step import edit_step
from vpnlint.fixing.text_edit import CannotEdit, TextEdit
from vpnlint.results.finding import Finding
from vpnlint.results.fix import Fix


@dataclass(frozen=True)
class Proposal:
    """The edits of a fix by file, and the new texts; files are named as in findings.

    safe and reason are the fix's. refusal says why there are no edits; it is empty if there are some.
    """

    safe: bool
    reason: str
    edits: Mapping[str, tuple[TextEdit, ...]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""


def propose_edits(
    finding: Finding, read_text: Callable[[str], str | None], digests: Mapping[str, str] | None = None
) -> Proposal | None:
    """Return the edits that mend a finding; None where its rule proposes none.

    read_text: the text of a file by the name that findings have, without byte order mark and with its line
    breaks; None for a file that is not to be edited. digests: of images, by their references. Nothing is
    written, and nothing says yet that the finding is gone: vpnlint/fixing/session.py judges that.
    """
    fix = finding.fix
    if fix is None or _lacks_digest(fix, digests or {}):
        return None
    drafts = Drafts(read_text)
    try:
        for located in [drafts.locate(step) for step in fix.steps]:
            edit_step(drafts, located, digests or {})
    except CannotEdit as error:
        return Proposal(fix.safe, fix.reason, refusal=str(error))
    changed = drafts.changed()
    if not changed:
        return Proposal(fix.safe, fix.reason, refusal="it is written so already")
    return Proposal(
        fix.safe,
        fix.reason,
        {file: tuple(draft.edits()) for file, draft in changed.items()},
        {file: draft.text for file, draft in changed.items()},
    )


def _lacks_digest(fix: Fix, digests: Mapping[str, str]) -> bool:
    """Tell whether a fix pins an image whose digest is not known."""
    pins = (step.current for step in fix.steps if step.action == "pin")
    return any(image not in digests for image in pins)
