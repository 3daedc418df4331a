from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import yaml

from vpnlint.errors import UsageError
from vpnlint.finding import Severity
from vpnlint.report.explain import explain, find, wordings
from vpnlint.ruleset.data_file import shipped
from vpnlint.ruleset.rule import Rule
from vpnlint.ruleset.ruleset import load


def rule(**changes: Any) -> Rule:  # noqa: ANN401  (fields of any type)
    """Make a rule with these fields out of a shipped one."""
    made = replace(
        load().rules[0],
        id="no-vpn",
        severity=Severity.ERROR,
        summary="A torrent client runs without a VPN",
        why="First paragraph,\nfolded.\n\nSecond one.",
        help="add one",
        evidence=("lab/bare",),
        references=("https://example.org/a",),
        aliases=("without-vpn",),
    )
    return replace(made, **changes)


def text(made: Rule, width: int = 80, admission: tuple[str, ...] = ()) -> str:
    return "".join("".join(part for part, _ in line) + "\n" for line in explain(made, admission, width))


def test_everything_the_file_says() -> None:
    assert text(rule()) == (
        "no-vpn (error)\n"
        "A torrent client runs without a VPN\n"
        "\nWhy\n  First paragraph, folded.\n\n  Second one.\n"
        "\nWhat to do\n  add one\n"
        "\nReferences\n  https://example.org/a\n"
        "\nEvidence\n  lab/bare\n"
        "\nOnce called\n  without-vpn\n"
    )


def test_what_the_cluster_does_stands_before_the_references() -> None:
    assert "\nAt admission\n  Refused.\n  Only reported: a Secret.\n\nReferences\n" in text(
        rule(), admission=("Refused.", "Only reported: a Secret.")
    )


def test_what_is_missing_has_no_heading() -> None:
    assert text(rule(evidence=(), references=(), aliases=())).endswith("What to do\n  add one\n")


def test_several_wordings_are_a_wrapped_list() -> None:
    said = text(
        rule(help='{it.a == 1 ? "one " + "word " : "two "}and more of it until the line is full'), width=40
    )
    assert "  - one word and more of it until the line\n" not in said
    assert "  - one word and more of it until the\n    line is full\n  - two and more" in said


def test_control_characters_are_not_printed() -> None:
    assert "\x1b" not in text(rule(why="a\x1b[31m", help="b\x1b[0m", references=("c\x1b",), summary="\x1b"))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("no hole", ["no hole"]),
        ("{it.name} does", ["<name> does"]),
        ("{pod.vpns[0].name} does", ["… does"]),
        ("{it.a[?'b'].c(d, 'x') ? 'yes' : 'no'}", ["yes", "no"]),
        ('{a ? b ? "1" : "2" : c ? "3" : "4"}!', ["1!", "2!", "3!", "4!"]),
        ('{a ? "say \\"hi\\": x" : "it\'s ? so"}', ['say "hi": x', "it's ? so"]),
        ('{it.f(x, y ? "1" : "2") + " z"}', ["… z"]),
        ('{it.?a.orValue("") == "" ? "unset" : "set to " + it.a}', ["unset", "set to <a>"]),
    ],
)
def test_wordings(template: str, expected: list[str]) -> None:
    assert wordings(template) == expected


def test_every_shipped_rule_is_put_into_words() -> None:
    files = sorted(shipped().glob("*.yaml"))
    texts = [
        data[key]
        for file in files
        if "id" in (data := yaml.safe_load(file.read_text()))
        for key in ("help", "message")
    ]
    assert texts
    for said in (wording for template in texts for wording in wordings(template)):
        assert not set("{}") & set(said)
        assert " ? " not in said


def test_find_by_id_and_by_former_id() -> None:
    made = [rule(), rule(id="other", aliases=())]
    assert find(made, "no-vpn") is find(made, "without-vpn") is made[0]


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
        find([rule()], name)
    assert hint in str(caught.value)
