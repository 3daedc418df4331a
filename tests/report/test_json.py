"""The JSON format against golden/*.out; how to write those anew: conftest.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vpnlint import __version__
from vpnlint.report.formats.json import render
from vpnlint.report.report import Report
from vpnlint.results.finding import Finding
from vpnlint.results.result import Result
from vpnlint.source.node import Span


def test_default(result: Result, golden: Callable[[str, str], None]) -> None:
    # A release changes the version and nothing else of the report.
    golden("json.out", render(Report(result)).replace(f'"{__version__}"', '"VERSION"'))


def test_every_doubt(result: Result) -> None:
    findings = json.loads(render(Report(result, doubts=True)))["findings"]
    assert [finding["rule"] for finding in findings] == [finding.rule for finding in result.findings]
    assert findings[-1]["file"] == "<stdin>"


def test_nothing_is_still_a_report() -> None:
    report = json.loads(render(Report(Result((), (), (), 0))))
    assert (report["version"], report["vpnlint"]) == (2, __version__)
    lists = [name for name, value in report.items() if isinstance(value, list)]
    assert lists == ["findings", "ignored", "workloads", "problems", "notes", "notJudged", "notApplied"]
    assert not any(report[name] for name in lists)
    assert set(report["summary"].values()) == {0}


@pytest.mark.parametrize("text", ['"quoted"\\', "a\nb", "\x1b[31m", "ä名\u202e", "\udcff.yaml"])
def test_text_comes_back_as_it_was(text: str, manifest: str, finding: Callable[..., Finding]) -> None:
    made = finding(Span(text, 1, 1, 1, 2), message=text)._replace(path=("env", text))
    (read,) = json.loads(render(Report(Result((made,), (), (), 1))))["findings"]
    assert (read["message"], read["file"]) == (text, text)
    assert read["path"].startswith('env["')


def test_files_are_named_from_the_working_directory(manifest: str, finding: Callable[..., Finding]) -> None:
    inside, outside = str(Path.cwd() / manifest), "/somewhere/else.yaml"
    made = tuple(finding(Span(file, 1, 1, 1, 2)) for file in (inside, outside, "./apps/qb.yaml", "../x.yaml"))
    read = json.loads(render(Report(Result(made, (), (), 1))))["findings"]
    assert [item["file"] for item in read] == [manifest, outside, manifest, "../x.yaml"]


def test_each_of_two_workloads_keeps_its_finding_and_names_the_other(result: Result) -> None:
    twice = [result.findings[0]._replace(workload=f"Deployment {name}/q") for name in ("one", "two")]
    document = json.loads(render(Report(result._replace(findings=tuple(twice)))))
    said = [(item["workload"], item["alsoIn"]) for item in document["findings"]]
    assert said == [("Deployment one/q", ["Deployment two/q"]), ("Deployment two/q", ["Deployment one/q"])]
