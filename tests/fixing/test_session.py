"""Which edits a session keeps, by a judge that knows nothing but which files are mended."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vpnlint.fixing.session import FixSession
from vpnlint.results.finding import Finding, Severity
from vpnlint.results.fix import Fix, FixStep
from vpnlint.results.result import Result
from vpnlint.source.node import Span

TEXT = "spec:\n  x: 1\n"
NAMES = ("a", "b", "c", "d")


def make_finding(name: str, rule: str = "bad") -> Finding:
    """A finding in a file of its own, which setting `spec.x` mends."""
    place = Span(f"{name}.yaml", 2, 6, 2, 7)
    step = FixStep(
        "set",
        "spec.x",
        "2",
        "workload",
        Span(place.file, 1, 1, 2, 7),
        ("spec", "x"),
        (Span(place.file, 2, 3, 2, 7), place),
        (),
        "1",
    )
    fix = Fix((step,), safe=True, reason="")
    return Finding(rule, Severity.ERROR, "deny", "message", "help", place, (), f"Pod {name}", fix=fix)


class CountingJudge:
    """Finds `bad` in every file that is not mended, and what `harm` finds beside it."""

    def __init__(self, harm: Callable[[set[str]], list[str]] = lambda _: []) -> None:
        self.harm = harm
        self.runs = 0

    def __call__(self, texts: Mapping[str, str]) -> Result:
        self.runs += 1
        mended = {file.removesuffix(".yaml") for file, text in texts.items() if "x: 2" in text}
        findings = [make_finding(name) for name in NAMES if name not in mended]
        findings += [make_finding(name, "worse")._replace(fix=None) for name in self.harm(mended)]
        return Result(tuple(findings), (), (), len(NAMES))


def mend(judge: CountingJudge) -> tuple[set[str], dict[str, str]]:
    """The files that are mended, and why others are not."""
    outcome = FixSession(judge, lambda _: TEXT, lambda finding: finding.rule == "bad").mend()
    return {*outcome.texts}, {item.finding.span.file: item.reason for item in outcome.unfixed}


def test_all_that_help_are_kept_in_one_run() -> None:
    judge = CountingJudge()
    assert mend(judge) == ({f"{name}.yaml" for name in NAMES}, {})
    assert judge.runs == 2


def test_what_harms_its_own_workload_is_given_up_and_the_others_are_kept() -> None:
    judge = CountingJudge(lambda mended: [name for name in ("b", "c") if name in mended])
    reason = "worse would be found then"
    assert mend(judge) == ({"a.yaml", "d.yaml"}, {"b.yaml": reason, "c.yaml": reason})
    assert judge.runs <= 5


def test_what_harms_another_workload_is_found_alone() -> None:
    judge = CountingJudge(lambda mended: ["elsewhere"] if "b" in mended else [])
    assert mend(judge) == ({"a.yaml", "c.yaml", "d.yaml"}, {"b.yaml": "worse would be found then"})


def test_many_that_bring_something_to_light_are_mended_in_few_runs() -> None:
    names = [f"n{number}" for number in range(60)]
    runs = 0

    def judge(texts: Mapping[str, str]) -> Result:
        nonlocal runs
        runs += 1
        mended = {file.removesuffix(".yaml") for file, text in texts.items() if "x: 2" in text}
        findings = [make_finding(name) for name in names if name not in mended]
        hidden = [name for name in names if name in mended and f"{name}-hidden" not in mended]
        findings += [
            make_finding(f"{name}-hidden", "hidden")._replace(workload=f"Pod {name}") for name in hidden
        ]
        return Result(tuple(findings), (), (), len(names))

    outcome = FixSession(judge, lambda _: TEXT, lambda _: True).mend()
    assert {*outcome.texts} == {f"{name}{part}.yaml" for name in names for part in ("", "-hidden")}
    assert outcome.unfixed == []
    assert len(outcome.fixed) == 120
    assert runs <= 6
