"""A rule → its checks: one for each view and answer, with the CEL that a policy of any form holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vpnlint.admission.cel_literal import literal
from vpnlint.admission.prune import reduced, reduced_catalog, used
from vpnlint.admission.views import View
from vpnlint.errors import RuleError
from vpnlint.finding import Answer
from vpnlint.ruleset.catalog import Catalog
from vpnlint.ruleset.compiled import ELEMENTS
from vpnlint.ruleset.rule import Rule
from vpnlint.ruleset.template import expression
from vpnlint.surroundings import NONE

# What Kubernetes takes as a name (RFC 1123 subdomain), with room for what sets a rule's policies apart.
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,200}[a-z0-9])?\Z")


_AROUND = re.compile(r"pod\.around\.\w+\.exists\([^()]*\)")


@dataclass(frozen=True)
class Check:
    """One question to the cluster.

    variables are (name, CEL expression) in the order in which they need each other. holds is a CEL condition that is
    true unless the rule gives the answer for something in the object; message is a CEL expression for what to say then.
    concerns is a quick CEL condition, without the variables, that is false only of what runs no torrent client.
    """

    rule: Rule
    view: View
    answer: Answer
    variables: tuple[tuple[str, str], ...]
    holds: str
    message: str
    concerns: str

    @property
    def name(self) -> str:
        """The name of its policy: the rule's id, and what sets it apart."""
        return f"{self.rule.id}{self.view.suffix}{'' if self.answer == 'deny' else '-doubt'}"


def checks(rule: Rule, catalog: Catalog, views: Sequence[View]) -> Iterator[Check]:
    """Yield the rule's checks; none for an answer that it never gives. Raises RuleError where its id is no name in Kubernetes."""
    if not _NAME.match(rule.id):
        place = rule.source.map["id"].span
        raise RuleError(place.file, "a policy's name may only hold a-z, 0-9 and -", place.line, place.column)
    for view in views:
        for answer, condition in conditions(rule):
            yield _check(rule, catalog, view, answer, condition)


def conditions(rule: Rule) -> Iterator[tuple[Answer, str]]:
    """Yield each answer that the rule gives, with the CEL condition on `it` and `pod` under which it gives it."""
    # Alone a Pod has nothing around it, so what asks for that and for nothing else is never true in a cluster.
    if rule.deny != "false" and _AROUND.fullmatch(rule.deny) is None:
        yield "deny", f"({rule.when}) && ({rule.deny})"
    if rule.doubt != "false":
        yield "doubt", f"({rule.when}) && !({rule.deny}) && ({rule.doubt})"


def concerns(view: View, catalog: Catalog) -> str:
    """Return the view's CEL condition that an object may run one of the catalogue's clients."""
    return view.concerns.substitute(words="|".join(sorted(word.decode() for word in catalog.words)))


def _check(rule: Rule, catalog: Catalog, view: View, answer: Answer, condition: str) -> Check:
    elements = ELEMENTS[rule.scope]
    # As in vpnlint's own reports, one line with single spaces; a native policy's message may not hold a line break.
    wording = f"({expression(' '.join(rule.message.split()))}).replace('  ', ' ')"
    message = f'["{answer}"].map(answer, {wording})[0]' if re.search(r"\banswer\b", wording) else wording
    holds = f"variables.pods.all(pod, {elements}.all(it, !({condition})))"
    bad = f"variables.pods.map(pod, {elements}.filter(it, {condition}).map(it, {message}))"
    said = f"{bad}.filter(found, found.size() > 0)[0][0]"
    names = used(view.variables, (holds, said))
    constants = {"catalog": reduced_catalog(catalog.constant, names), "around": NONE}
    variables = [(name, literal(value)) for name, value in constants.items() if name in names]
    return Check(
        rule,
        view,
        answer,
        (*variables, *reduced(view.variables, names)),
        holds,
        said,
        concerns(view, catalog),
    )
