"""SARIF 2.1.0, for code scanning and editors (docs.oasis-open.org/sarif/sarif/v2.1.0).

GitHub reads a part of it (docs.github.com, "SARIF support for code scanning") and has limits ("SARIF results
exceed one or more limits": 25,000 results per run, 20 tags per rule). It computes `primaryLocationLineHash`
itself, so the fingerprint here has another name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from vpnlint import __version__
from vpnlint.errors import InputError
from vpnlint.files.reading import STANDARD_INPUT_NAME
from vpnlint.report.formats.json import dump_json
from vpnlint.report.pages import find_evidence_page, find_rule_page
from vpnlint.report.plain import clean_text, format_count, make_relative
from vpnlint.report.report import Report, find_level, find_workspace
from vpnlint.results.finding import Finding, Suppressed, format_path
from vpnlint.results.fix import Replacement
from vpnlint.ruleset.rule import Rule
from vpnlint.source.node import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "vpnlint/v1"
MOST_RESULTS = 25_000
_LEVELS = {"error": "error", "warning": "warning", "notice": "note", "doubt": "note"}
# GitHub calls 7.0 and above high, 4.0 and above medium, and the rest low.
_SECURITY_SEVERITY = {"error": "8.0", "warning": "5.0", "notice": "2.0"}
_PROBLEM_SEVERITY = {"error": "error", "warning": "warning", "notice": "recommendation"}
_ROOT = "%SRCROOT%"


def render(report: Report) -> str:
    """Return the findings to print, the suppressed findings, and the rules that they name."""
    rules = _Rules(report)
    numbers: Counter[str] = Counter()
    edits = report.replacements()
    results = [
        {**_result(finding, rules, numbers), **_fixes(finding, edits.get(finding, ()))}
        for finding in report.findings
    ]
    results += [
        {**_result(item.finding, rules, numbers), "suppressions": [_suppression(item)]}
        for item in report.result.suppressed
    ]
    omitted = len(results) - MOST_RESULTS
    notes = [_notification(problem, "error") for problem in report.result.problems]
    notes += [_notification(note, "note") for note in (*report.result.not_judged, *report.result.notes)]
    if omitted > 0:
        notes.append(
            {"level": "warning", "message": {"text": f"{format_count(omitted, 'more result')} left out"}}
        )
    run = {
        "tool": {"driver": {"name": "vpnlint", "semanticVersion": __version__, "rules": rules.descriptors}},
        "invocations": [
            {"executionSuccessful": not report.result.problems, "toolExecutionNotifications": notes}
        ],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "results": results[:MOST_RESULTS],
    }
    return dump_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


class _Rules:
    """The rules that a report describes, and the index of each."""

    def __init__(self, report: Report) -> None:
        rules = report.rules()
        docs = report.docs()
        self.descriptors = [_descriptor(rule, docs) for rule in rules]
        self.index = {rule.id: number for number, rule in enumerate(rules)}


def _descriptor(rule: Rule, docs: str) -> dict[str, Any]:
    severity = str(rule.severity)
    descriptor: dict[str, Any] = {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": clean_text(rule.summary)},
        "fullDescription": {"text": clean_text(rule.why)},
        "help": {"text": clean_text(rule.why), "markdown": _markdown(rule, docs)},
        "defaultConfiguration": {"level": _LEVELS[severity]},
        "properties": {
            "precision": "high",
            "problem.severity": _PROBLEM_SEVERITY[severity],
            "security-severity": _SECURITY_SEVERITY[severity],
            "tags": ["security", "kubernetes", "vpn"],
        },
    }
    references = [reference for reference in rule.references if reference.startswith("https://")]
    page = find_rule_page(docs, rule) or next(iter(references), "")
    if page:
        descriptor["helpUri"] = page
    return descriptor


def _markdown(rule: Rule, docs: str) -> str:
    """Return a rule's explanation as Markdown; the prose in its file passes for Markdown as it is."""
    parts = [f"**{rule.summary}.**", rule.why]
    pages = {item: find_evidence_page(docs, item) for item in rule.evidence}
    measured = [f"[{item}]({page})" if page else item for item, page in pages.items()]
    for title, items in (("References", rule.references), ("Measured", measured)):
        if items:
            parts.append("\n".join([f"### {title}", "", *(f"- {item}" for item in items)]))
    parts.append(f"`vpnlint explain {rule.id}` says more.")
    return "\n\n".join(parts)


def _result(finding: Finding, rules: _Rules, numbers: Counter[str]) -> dict[str, Any]:
    fingerprint = finding.fingerprint
    numbers[fingerprint] += 1
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[find_level(finding)],
        "message": {"text": f"{clean_text(finding.message)}.\nWhat to do: {clean_text(finding.help)}"},
        "locations": [
            {
                "physicalLocation": _physical(finding.span),
                "logicalLocations": [
                    {
                        "fullyQualifiedName": clean_text(f"{finding.workload}: {format_path(finding.path)}"),
                        "kind": "element",
                    }
                ],
            }
        ],
        # Several findings may share a fingerprint; the number tells them apart.
        "partialFingerprints": {FINGERPRINT: f"{fingerprint}:{numbers[fingerprint]}"},
        "properties": {
            "answer": finding.answer,
            "workload": finding.workload,
            "subject": finding.subject,
            "help": finding.help,
        },
    }
    if finding.rule in rules.index:
        result["ruleIndex"] = rules.index[finding.rule]
    if finding.related:
        result["relatedLocations"] = _related(finding)
        result["codeFlows"] = [{"threadFlows": [{"locations": _flow(finding)}]}]
    return result


def _fixes(finding: Finding, replacements: Sequence[Replacement]) -> dict[str, Any]:
    """Return the fix of a result; empty if it has none."""
    if not replacements:
        return {}
    changes = [
        {
            "artifactLocation": _artifact(file),
            "replacements": [
                {"deletedRegion": _region(item.span), "insertedContent": {"text": item.text}}
                for item in replacements
                if item.span.file == file
            ],
        }
        for file in dict.fromkeys(item.span.file for item in replacements)
    ]
    return {"fixes": [{"description": {"text": clean_text(finding.help)}, "artifactChanges": changes}]}


def _related(finding: Finding) -> list[dict[str, Any]]:
    return [
        {
            "id": number,
            "physicalLocation": _physical(related.span),
            "message": {"text": clean_text(related.message)},
        }
        for number, related in enumerate(finding.related, 1)
    ]


def _flow(finding: Finding) -> list[dict[str, Any]]:
    """Return the places that play a part, ending with the one where the traffic leaves."""
    places = [
        *((related.span, related.message) for related in finding.related),
        (finding.span, finding.message),
    ]
    return [
        {"location": {"physicalLocation": _physical(span), "message": {"text": clean_text(message)}}}
        for span, message in places
    ]


def _suppression(item: Suppressed) -> dict[str, Any]:
    suppression: dict[str, Any] = {
        "kind": "inSource" if item.origin == "comment" else "external",
        "status": "accepted",
        "justification": item.reason,
        "properties": {"origin": item.origin},
    }
    if item.until is not None:
        suppression["properties"]["until"] = str(item.until)
    return suppression


def _notification(problem: InputError, severity: str) -> dict[str, Any]:
    line, column = problem.line, max(problem.column, 1)
    location: dict[str, Any] = {"artifactLocation": _artifact(problem.file)}
    if line:
        location["region"] = {"startLine": line, "startColumn": column}
    return {
        "level": severity,
        "message": {"text": clean_text(problem.message)},
        "locations": [{"physicalLocation": location}],
    }


def _physical(span: Span) -> dict[str, Any]:
    return {"artifactLocation": _artifact(span.file), "region": _region(span)}


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _artifact(file: str) -> dict[str, str]:
    """Return a file's location, relative to the root if it is below it."""
    if file == STANDARD_INPUT_NAME:
        return {"uri": "stdin"}
    name = make_relative(file, find_workspace())
    path = PurePath(name)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    # Unquoted, a colon in the first step would look like a scheme.
    address = quote(name, errors="surrogateescape")
    return {"uri": address} if path.parts[:1] == ("..",) else {"uri": address, "uriBaseId": _ROOT}
