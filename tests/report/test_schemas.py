"""The reports for programs, read by schemas, parsers and the problem matcher's own rules.

The SARIF schema is the one that OASIS published, as the npm package @microsoft/jest-sarif has it.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import tarfile
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from junitparser import JUnitXml
from markdown_it import MarkdownIt

from tests.checkout import ROOT
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.errors import InputError
from vpnlint.report.formats import find_format, list_formats, sarif
from vpnlint.report.report import Report
from vpnlint.results.finding import Finding, Related, Severity, Suppressed
from vpnlint.results.fix import Replacement
from vpnlint.results.result import Result
from vpnlint.source.node import Span

HOSTILE = "::error::x ##[error]y \x1b[31m <script>|`*_[a](b)</script> ]]> & @nobody #1 \udcff\u202e"


@pytest.fixture
def full(result: Result, manifest: str, finding: Callable[..., Finding]) -> Result:
    """Return a Result with all that a Result can hold, hostile texts among it."""
    first, *others = result.findings
    related = Related(Span(manifest, 9, 11, 9, 24), "gluetun, the VPN")
    hostile = finding(Span(f"{HOSTILE}.yaml", 1, 1, 1, 2), message=HOSTILE, rule="own-rule", text=HOSTILE)
    ignored = Suppressed(others[0], "the VPN is on the router", date(2027, 6, 30))
    return result._replace(
        findings=(first._replace(related=(related,)), *others, hostile, hostile),
        suppressed=(ignored, ignored._replace(until=None, origin="baseline", reason=HOSTILE)),
        notes=(
            InputError(manifest, "the Kustomization apps is suspended", 3, 1),
            InputError("gone", HOSTILE),
        ),
        not_applied=("apps/old.yaml",),
        not_judged=(InputError(manifest, "vpnlint does not read ArtifactGenerators", 1, 1),),
        fixed=2,
    )


def render(form: str, result: Result) -> str:
    return find_format(form).render(Report(result, doubts=True, notices=True, rules=lambda: RULESET.rules))


@pytest.mark.parametrize("form", list_formats())
def test_no_line_of_any_format_is_a_command_of_the_runner(form: str, full: Result) -> None:
    for line in render(form, full).splitlines():
        if not (form == "github" and re.match(r"::(error|warning|notice) ", line)):
            assert not line.lstrip().startswith("::")
            assert "##[" not in line


@pytest.mark.parametrize("form", list_formats())
def test_a_report_about_nothing_is_one_too(form: str) -> None:
    text = render(form, Result((), (), (), 0))
    assert text.endswith("\n") or not text


@pytest.fixture(scope="module")
def real(lone_fixtures: Path) -> Result:
    return check([str(lone_fixtures / "repos"), str(lone_fixtures / "client-before-vpn")], RULESET)


def test_json_keeps_to_its_schema(full: Result, real: Result) -> None:
    schema = json.loads((ROOT / "docs" / "schema" / "report.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for result in (full, real, Result((), (), (), 0)):
        document = json.loads(render("json", result))
        validator.validate(document)
        # Every name that is there is described.
        properties = schema["properties"]
        assert document.keys() == properties.keys()
        assert document["summary"].keys() == properties["summary"]["properties"].keys()
        for kind, name in (("finding", "findings"), ("workload", "workloads")):
            for item in document[name]:
                assert item.keys() == schema["$defs"][kind]["properties"].keys()
    broken = json.loads(render("json", full))
    broken["findings"][0]["severity"] = "fatal"
    assert not validator.is_valid(broken)


@pytest.fixture(scope="session")
def sarif_schema() -> dict[str, Any]:
    """Return the published schema. npm packs it into a tar file; nothing of it is run."""
    package = "@microsoft/jest-sarif@1.0.0-beta.0"
    cache = Path.home() / ".cache" / "vpnlint" / "npm"
    cache.mkdir(parents=True, exist_ok=True)
    packed = cache / "microsoft-jest-sarif-1.0.0-beta.0.tgz"
    if not packed.exists():
        try:
            command = ["npm", "pack", "--silent", package]
            subprocess.run(command, cwd=cache, check=True, capture_output=True, timeout=120)
        except (OSError, subprocess.SubprocessError) as error:
            pytest.skip(f"npm cannot fetch {package}, which has the SARIF schema: {error}")
    with tarfile.open(packed) as archive:
        member = archive.extractfile("package/lib/schemas/sarif-2.1.0-rtm.5.json")
        assert member is not None
        schema: dict[str, Any] = json.load(io.TextIOWrapper(member, "utf-8"))
    return schema


def test_sarif_keeps_to_the_published_schema(
    full: Result, real: Result, sarif_schema: dict[str, Any]
) -> None:
    validator = Draft7Validator(sarif_schema, format_checker=Draft7Validator.FORMAT_CHECKER)
    for result in (full, real, Result((), (), (), 0)):
        validator.validate(json.loads(render("sarif", result)))
    broken = json.loads(render("sarif", full))
    broken["runs"][0]["results"][0]["level"] = "fatal"
    assert not validator.is_valid(broken)


def test_sarif_holds_the_edits_that_mend_a_finding(
    full: Result, manifest: str, sarif_schema: dict[str, Any]
) -> None:
    finding = full.findings[0]
    places = [Span(manifest, 2, 1, 3, 1), Span("other.yaml", 1, 5, 1, 8)]
    edits = {finding: [Replacement(places[0], ""), Replacement(places[1], "new\n")]}
    report = Report(full, doubts=True, notices=True, rules=lambda: RULESET.rules, replacements=lambda: edits)
    document = json.loads(find_format("sarif").render(report))
    Draft7Validator(sarif_schema, format_checker=Draft7Validator.FORMAT_CHECKER).validate(document)
    with_fixes = [result for result in document["runs"][0]["results"] if "fixes" in result]
    assert [result["ruleId"] for result in with_fixes] == [finding.rule]
    ((fix,),) = [result["fixes"] for result in with_fixes]
    assert fix["description"]["text"] == finding.help
    assert [change["artifactLocation"]["uri"] for change in fix["artifactChanges"]] == [
        manifest,
        "other.yaml",
    ]
    assert [change["replacements"] for change in fix["artifactChanges"]] == [
        [
            {
                "deletedRegion": {"startLine": 2, "startColumn": 1, "endLine": 3, "endColumn": 1},
                "insertedContent": {"text": ""},
            }
        ],
        [
            {
                "deletedRegion": {"startLine": 1, "startColumn": 5, "endLine": 1, "endColumn": 8},
                "insertedContent": {"text": "new\n"},
            }
        ],
    ]


def test_sarif_says_what_code_scanning_reads(full: Result, manifest: str) -> None:
    (run,) = json.loads(render("sarif", full))["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in RULESET.rules]
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["markdown"].startswith("**")
        assert float(rule["properties"]["security-severity"]) > 0
        assert rule["properties"]["precision"] in ("low", "medium", "high", "very-high")
        assert len(rule["properties"]["tags"]) <= 10
    results = run["results"]
    assert len(results) == len(full.findings) + len(full.suppressed)
    warning = results[0]
    assert rules[warning["ruleIndex"]]["id"] == warning["ruleId"] == "floating-image-tag"
    place = warning["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": manifest, "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 10, "startColumn": 18, "endLine": 10, "endColumn": 40}
    assert warning["relatedLocations"][0]["message"]["text"] == "gluetun, the VPN"
    (thread,) = warning["codeFlows"][0]["threadFlows"]
    lines = [step["location"]["physicalLocation"]["region"]["startLine"] for step in thread["locations"]]
    assert lines == [9, 10]
    assert [result["level"] for result in results] == [
        "warning",
        "error",
        "note",
        "note",
        "error",
        "error",
    ] + ["error"] * 2
    fingerprints = [result["partialFingerprints"]["vpnlint/v1"] for result in results]
    assert len(set(fingerprints)) == len(fingerprints)
    accepted = [result["suppressions"][0] for result in results[-2:]]
    assert [item["kind"] for item in accepted] == ["inSource", "external"]
    assert accepted[0]["justification"] == "the VPN is on the router"
    assert accepted[0]["properties"]["until"] == "2027-06-30"
    levels = [note["level"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert levels == ["error", "error", "note", "note", "note"]
    assert run["invocations"][0]["executionSuccessful"] is False


def test_sarif_stops_where_github_does(full: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sarif.MOST_RESULTS == 25_000
    monkeypatch.setattr(sarif, "MOST_RESULTS", 25)
    many = full._replace(findings=full.findings[:1] * 26, suppressed=())
    (run,) = json.loads(find_format("sarif").render(Report(many)))["runs"]
    assert len(run["results"]) == 25
    assert "1 more result left out" in json.dumps(run["invocations"])


def test_gitlab(full: Result, manifest: str) -> None:
    issues = json.loads(render("gitlab", full))
    assert len(issues) == len(full.findings) + len(full.problems)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)
    for issue in issues:
        assert issue["description"]
        assert issue["check_name"]
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert not issue["location"]["path"].startswith("./")
        assert issue["location"]["lines"]["begin"] >= 1
    assert issues[0]["location"]["path"] == manifest
    assert [issue["severity"] for issue in issues[:3]] == ["major", "critical", "info"]


def test_junit(full: Result) -> None:
    text = render("junit", full)
    (suite,) = JUnitXml.fromstring(text.encode())
    cases = list(suite)
    # One workload has findings, which speak for it; the other is unknown.
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (len(cases), 4, 2, 6)
    assert len(cases) == 2 + len(full.findings) + len(full.suppressed) + len(full.problems)
    assert next(case.classname for case in cases) == "HelmRelease torrents"
    assert ElementTree.fromstring(text.encode()).tag == "testsuites"


class Tags(HTMLParser):
    """The elements of a page, its text, and its prose, in which GitHub looks for `@name` and `#1`."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = self.prose = ""
        self._in_code = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._in_code = tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self._in_code = False

    def handle_data(self, data: str) -> None:
        self.text += data
        self.prose += "" if self._in_code else data


def test_markdown_holds_a_table_and_nothing_of_others(full: Result) -> None:
    page = Tags(MarkdownIt("gfm-like", {"linkify": False}).render(render("markdown", full)))
    plain = {
        "h3",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "br",
        "strong",
        "code",
        "details",
        "summary",
        "ul",
        "li",
    }
    assert page.tags == plain
    assert page.text.count("::error::x") >= 4
    assert "<script>|`*_[a](b)</script>" in page.text
    assert "nobody" in page.prose
    assert not re.search(r"@nobody|#1\b", page.prose)


def test_markdown_has_a_limit(full: Result) -> None:
    text = render("markdown", full._replace(findings=full.findings * 100))
    assert len(text) < 65_536
    assert re.search(r"^[\d,]+ more findings: see the log\.$", text, re.MULTILINE)


MATCHER = json.loads((ROOT / "docs" / "matchers" / "vpnlint.json").read_text())["problemMatcher"]


def matched(line: str) -> list[tuple[str, dict[str, str]]]:
    """Return what the runner makes of a line of the log (actions/toolkit, docs/problem-matchers.md)."""
    found = []
    for matcher in MATCHER:
        (pattern,) = matcher["pattern"]
        # JavaScript's \d is ASCII.
        match = re.search(pattern["regexp"], line, re.ASCII)
        if match:
            parts = {name: match[group] for name, group in pattern.items() if name != "regexp"}
            found.append((matcher["severity"], parts))
    return found


def test_the_problem_matcher_reads_each_line(full: Result, manifest: str) -> None:
    lines = render("line", full).splitlines()
    read = [matched(line) for line in lines]
    assert [len(parts) for parts in read[:4]] == [1] * 4
    severities = [parts[0][0] for parts in read[:4]]
    assert severities == ["warning", "error", "notice", "notice"]
    assert read[1][0][1] == {
        "file": manifest,
        "line": "13",
        "column": "22",
        "message": full.findings[1].message,
        "code": "missing-kill-switch",
    }
    coloured = f"\x1b[1m{manifest}:13:22: \x1b[0m\x1b[1;31merror\x1b[0m: a message [no-vpn]\x1b[0m"
    assert matched(coloured) == [("error", {**read[1][0][1], "message": "a message", "code": "no-vpn"})]
    for other in (
        f"{manifest}: a text",
        "3 errors in 1 workload (2 files).",
        "apps/broken.yaml:7:3: not valid YAML",
    ):
        assert not matched(other)
    assert len({matcher["owner"] for matcher in MATCHER}) == len(MATCHER)


def test_a_notice_is_shown_only_where_it_is_asked_for(full: Result) -> None:
    notice = full.findings[0]._replace(severity=Severity.NOTICE)
    result = full._replace(findings=(notice,), suppressed=(), problems=(), notes=())
    assert "1 notice with --notices." in find_format("text").render(Report(result))
    assert find_format("line").render(Report(result)) == ""
    shown = find_format("line").render(Report(result, notices=True))
    assert ": notice: " in shown
    (run,) = json.loads(find_format("sarif").render(Report(result, notices=True)))["runs"]
    assert run["results"][0]["level"] == "note"
