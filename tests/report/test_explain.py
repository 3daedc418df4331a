from __future__ import annotations

from typing import Any

import pytest

from tests.shipped import RULESET
from vpnlint.errors import UsageError
from vpnlint.report.explain import explain_rule, find_rule
from vpnlint.results.finding import Severity
from vpnlint.ruleset.rule import Case, Rule
from vpnlint.ruleset.template import describe_template


def case(**changes: Any) -> Case:  # noqa: ANN401  (fields of any type)
    first = RULESET.rules[0].cases[0]
    made = first._replace(
        severity=Severity.ERROR,
        answer="deny",
        say="it is {it.name}",
        help="add one",
    )
    return made._replace(**changes)


def rule(**changes: Any) -> Rule:  # noqa: ANN401  (fields of any type)
    """Make a rule with these fields out of a shipped one."""
    made = Rule(RULESET.rules[0].source)
    made.id = "no-vpn"
    made.severity = Severity.ERROR
    made.summary = "A torrent client runs without a VPN"
    made.why = "First paragraph,\nfolded.\n\nSecond one."
    made.cases = (case(),)
    made.evidence = ("lab/bare",)
    made.references = ("https://example.org/a",)
    made.aliases = ("without-vpn",)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def text(made: Rule, width: int = 80, admission: tuple[str, ...] = ()) -> str:
    return "".join("".join(part for part, _ in line) + "\n" for line in explain_rule(made, admission, width))


def test_everything_the_file_says() -> None:
    assert text(rule()) == (
        "no-vpn (error)\n"
        "A torrent client runs without a VPN\n"
        "\nWhy\n  First paragraph, folded.\n\n  Second one.\n"
        "\nWhat it reports, and what to do\n  error: it is <name>\n    → add one\n"
        "\nReferences\n  https://example.org/a\n"
        "\nEvidence\n  lab/bare\n"
        "\nFormer names\n  without-vpn\n"
    )


def test_what_the_cluster_does_stands_before_the_references() -> None:
    assert "\nAt admission\n  Refused.\n  Only reported: a Secret.\n\nReferences\n" in text(
        rule(), admission=("Refused.", "Only reported: a Secret.")
    )


def test_what_is_missing_has_no_heading() -> None:
    assert text(rule(evidence=(), references=(), aliases=())).endswith("    → add one\n")


def test_every_case_is_listed_and_the_same_help_once() -> None:
    said = text(
        rule(
            cases=(
                case(say="one word and more of it until the line is full"),
                case(say="two", severity=Severity.NOTICE),
                case(say="three", answer="doubt", help="look"),
            )
        ),
        width=40,
    )
    assert said.split("what to do\n")[1].split("\n\n")[0].splitlines() == [
        "  error: one word and more of it until",
        "         the line is full",
        "  notice: two",
        "    → add one",
        "  doubt: three",
        "    → look",
    ]


def test_control_characters_are_not_printed() -> None:
    assert "\x1b" not in text(
        rule(
            why="a\x1b[31m",
            cases=(case(say="b\x1b", help="b\x1b[0m"),),
            references=("c\x1b",),
            summary="\x1b",
        )
    )


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("no hole", "no hole"),
        ("{it.name} does", "<name> does"),
        ("{off[0].name} does", "<name> does"),
        ("{names.join(' and ')} do", "… do"),
        ("{client} does", "<client> does"),
    ],
)
def test_a_text_is_read_without_a_pod(template: str, expected: str) -> None:
    assert describe_template(template) == expected


def test_find_by_id_and_by_former_id() -> None:
    made = [rule(), rule(id="other", aliases=())]
    assert find_rule(made, "no-vpn") is find_rule(made, "without-vpn") is made[0]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("no-vnp", "did you mean no-vpn?"),
        ("without-vpm", "did you mean without-vpn?"),
        ("zzzzzz", "lists them all"),
    ],
)
def test_find_suggests(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=r"there is no rule") as caught:
        find_rule([rule()], name)
    assert hint in str(caught.value)
