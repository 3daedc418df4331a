"""JUnit XML as Jenkins, GitLab and Azure read it (elements: github.com/testmoapp/junitxml).

A workload without findings is a test that passes, a finding one that fails, a doubt or an ignored finding one
that is skipped, and an unreadable file one with an error.
"""

from __future__ import annotations

from collections import Counter
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from vpnlint.report.plain import clean_text, escape_path
from vpnlint.report.report import Report, find_level
from vpnlint.results.finding import Finding


def render(report: Report) -> str:
    """Return the report as one test suite."""
    suite = Element("testsuite", name="vpnlint")
    reported = {finding.workload for finding in report.findings}
    for workload in report.result.workloads:
        if workload.title not in reported:
            case = _case(suite, workload.title, "no finding", workload.file, workload.line)
            if workload.egress == "unknown":
                SubElement(case, "skipped", message=clean_text(f"unknown: {workload.reason}"))
    for finding in report.findings:
        _finding(suite, finding)
    for item in report.result.suppressed:
        case = _finding_case(suite, item.finding)
        SubElement(case, "skipped", message=clean_text(f"ignored: {item.reason}"))
    for place in report.result.not_judged:
        case = _case(suite, "not judged", clean_text(place.message), place.file, place.line)
        SubElement(case, "skipped", message=clean_text(place.message))
    for problem in report.result.problems:
        case = _case(suite, "unreadable input", clean_text(problem.message), problem.file, problem.line)
        SubElement(case, "error", message=clean_text(problem.message), type="unreadable-input")
    kinds = Counter(part.tag for case in suite for part in case)
    counts = {"failures": kinds["failure"], "errors": kinds["error"], "skipped": kinds["skipped"]}
    numbers = {"tests": str(len(suite)), **{name: str(number) for name, number in counts.items()}}
    suite.attrib.update(numbers)
    root = Element("testsuites", {"name": "vpnlint", **numbers})
    root.append(suite)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_write_xml(root)}\n'


def _finding(suite: Element, finding: Finding) -> None:
    case, name = _finding_case(suite, finding), find_level(finding)
    message = clean_text(finding.message)
    if name == "doubt":
        SubElement(case, "skipped", message=f"doubt: {message}")
        return
    failure = SubElement(case, "failure", message=message, type=name)
    place = f"{escape_path(finding.span.file)}:{finding.span.line}:{finding.span.column}"
    failure.text = f"{place}: {name}: {message}\nhelp: {clean_text(finding.help)}"


def _finding_case(suite: Element, finding: Finding) -> Element:
    return _case(suite, finding.workload, finding.rule, finding.span.file, finding.span.line)


def _case(suite: Element, group: str, name: str, file: str, line: int) -> Element:
    place = f"{escape_path(file)}:{line}" if line else escape_path(file)
    attributes = {
        "classname": clean_text(group),
        "name": f"{clean_text(name)} ({place})",
        "file": escape_path(file),
    }
    return SubElement(suite, "testcase", {**attributes, "line": str(max(line, 1)), "time": "0"})


def _write_xml(root: Element) -> str:
    """Return the element as text, with question marks for lone surrogates, which XML cannot hold."""
    return tostring(root, encoding="unicode").encode("utf-8", "replace").decode()
