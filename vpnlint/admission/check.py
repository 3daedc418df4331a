"""A rule → its checks, one per view and answer, with the CEL that policies of every form share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vpnlint.admission.cel_literal import write_literal, write_variables
from vpnlint.admission.declared_egress import NOTHING_DECLARED, DeclaredEgress
from vpnlint.admission.packed_settings import pack_settings
from vpnlint.admission.prune import find_used_names, reduce_catalog, reduce_variables
from vpnlint.admission.views import View
from vpnlint.errors import RuleError
from vpnlint.results.finding import Answer, Severity
from vpnlint.ruleset.catalog import Catalog
from vpnlint.ruleset.cel_text import bind_values, split_cel
from vpnlint.ruleset.compiled import ELEMENTS
from vpnlint.ruleset.rule import Case, Rule
from vpnlint.ruleset.template import build_expression
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.surroundings import NO_SURROUNDINGS

# A name in Kubernetes (RFC 1123 subdomain), with room for the suffixes of a rule's policies.
_NAME = defer_pattern(r"[a-z0-9]([-a-z0-9]{0,200}[a-z0-9])?\Z")


@dataclass(frozen=True)
class About:
    """What catalogues and reports show about a policy."""

    title: str
    why: str
    severity: Severity
    references: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """One question to the cluster, which becomes one policy with this name.

    variables are (name, CEL expression), each after those it needs. holds is a CEL condition that is true
    unless the rule gives the answer for something in the object; message is then the CEL expression for the
    message. concerns is a quick CEL condition that needs no variables and is false only for objects that run
    no torrent client.
    """

    name: str
    about: About
    view: View
    answer: Answer
    variables: tuple[tuple[str, str], ...]
    holds: str
    message: str
    concerns: str


def make_checks(
    rule: Rule, catalog: Catalog, views: Sequence[View], declared: DeclaredEgress = NOTHING_DECLARED
) -> Iterator[Check]:
    """Yield the rule's checks; none for an answer that it never gives.

    declared: the objects whose traffic something outside carries into a VPN. Raises RuleError if the rule's
    id is not a valid name in Kubernetes.
    """
    check_id(rule)
    for view in views:
        for answer in list_answers(rule):
            yield _check(rule, catalog, view, answer, declared)


def check_id(rule: Rule) -> None:
    """Raise RuleError if the rule's id is not a valid name in Kubernetes."""
    if not _NAME.match(rule.id):
        place = rule.source.map["id"].span
        raise RuleError(place.file, "a policy's name may only hold a-z, 0-9 and -", place.line, place.column)


def policy_name(stem: str, view: View, answer: Answer) -> str:
    """Return the name of a policy: a rule's id or `vpnlint`, with suffixes for view and answer."""
    return f"{stem}{view.suffix}{'' if answer == 'deny' else '-doubt'}"


def find_policy_answer(answer: Answer, severity: Severity) -> Answer:
    """Return the answer whose policy reports a finding; a notice never justifies a refusal."""
    return "doubt" if severity is Severity.NOTICE else answer


def list_answers(rule: Rule) -> tuple[Answer, ...]:
    """Return the answers that the rule can give about a single object, which is all a cluster sees."""
    given = {find_policy_answer(case.answer, case.severity) for case in _cases_alone(rule)}
    order: tuple[Answer, ...] = ("deny", "doubt")
    return tuple(answer for answer in order if answer in given)


def make_condition(rule: Rule, answer: Answer) -> str:
    """Return the CEL condition on `it` and `pod` under which the rule gives the answer."""
    cases = _cases_alone(rule)
    given = [find_policy_answer(case.answer, case.severity) == answer for case in cases]
    while given and not given[-1]:
        given.pop()
    text = "false"
    for case, gives in reversed(list(zip(cases, given, strict=False))):
        text = _either(case.when, gives, text)
    return f"({rule.when}) && ({_bind(rule, text)})"


def _bind(rule: Rule, text: str) -> str:
    """Return the CEL expression with those of the rule's values that it needs: fixes need others."""
    needed: list[tuple[str, str]] = []
    names = {token.text for token in split_cel(text) if token.kind == "name"}
    for name, expression in reversed(rule.let):
        if name in names:
            needed.insert(0, (name, expression))
            names |= {token.text for token in split_cel(expression) if token.kind == "name"}
    return bind_values(needed, text)


def _either(when: str, gives: bool, otherwise: str) -> str:
    if when == "true":
        return str(gives).lower()
    if gives:
        return f"({when})" if otherwise == "false" else f"({when}) || ({otherwise})"
    return f"!({when}) && ({otherwise})"


def _cases_alone(rule: Rule) -> list[Case]:
    """Return the cases that can speak of a Pod alone."""
    return [case for case in rule.cases if case.when != "false" and not case.surroundings]


def make_client_condition(view: View, catalog: Catalog) -> str:
    """Return the view's CEL condition for objects that may run one of the catalogue's clients."""
    return view.concerns.substitute(words="|".join(sorted(word.decode() for word in catalog.words)))


def _check(rule: Rule, catalog: Catalog, view: View, answer: Answer, declared: DeclaredEgress) -> Check:
    said = f"variables.pods.map(pod, {rule_messages(rule, answer)}).filter(found, found.size() > 0)"
    return Check(
        policy_name(rule.id, view, answer),
        About(
            rule.summary if answer == "deny" else f"{rule.summary} (not known)",
            rule.why,
            rule.severity,
            rule.references,
        ),
        view,
        answer,
        (*view_for(view, catalog, (said,), declared), ("said", said)),
        "variables.said.size() == 0",
        "variables.said[0][0]",
        make_client_condition(view, catalog),
    )


def rule_messages(rule: Rule, answer: Answer) -> str:
    """Return the CEL expression for the list of the rule's messages about `pod` with this answer.

    Condition and message are one expression, so that a cluster compiles the rule's values once.
    """
    return f"{ELEMENTS[rule.scope]}.map(it, {_message(rule, answer)}).filter(said, said != '')"


def view_for(
    view: View, catalog: Catalog, texts: Sequence[str], declared: DeclaredEgress
) -> tuple[tuple[str, str], ...]:
    """Return the variables that CEL expressions over `variables.pods` need: the catalogue, then the view.

    Both are reduced to what these texts use.
    """
    names = find_used_names(view.pod_variables, texts)
    known, pod_view = pack_settings(
        reduce_catalog(catalog.constant, names), reduce_variables(view.pod_variables, names)
    )
    pod_variables = view.place_variables(pod_view)
    variables = write_variables("catalog", known) if "catalog" in names else []
    if "around" in names:
        variables.append(("around", _around(declared)))
    # The variables before the Pod view have their own names, unrelated to those that a rule uses.
    before = reduce_variables(view.before, find_used_names(view.before, [text for _, text in pod_variables]))
    return (*variables, *before, *pod_variables)


def _around(declared: DeclaredEgress) -> str:
    """Return the CEL expression for what is known around an object at admission: its declared egress."""
    if declared == NOTHING_DECLARED:
        return write_literal(NO_SURROUNDINGS)
    entry = [{"by": "other", "reason": "declared", "summary": "declared"}]
    text = write_literal(entry)
    return write_literal({**NO_SURROUNDINGS, "outside": entry}).replace(
        text, f"{declared.condition} ? {text} : []"
    )


def _message(rule: Rule, answer: Answer) -> str:
    """Return the CEL expression for what the rule says about `it` with this answer, empty for nothing."""
    text = "''"
    for case in reversed(_cases_alone(rule)):
        gives = find_policy_answer(case.answer, case.severity) == answer
        # One line with single spaces, as in vpnlint's reports; a native policy's message may not hold a line
        # break.
        words = f"({build_expression(' '.join(case.say.split()))})" if gives else "''"
        decided = case.when == "true" or words == text
        text = words if decided else f"({case.when}) ? {words} : {text}"
    return f"({rule.when}) ? ({_bind(rule, text)}).replace('  ', ' ') : ''"
