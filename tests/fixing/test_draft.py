"""Edits of a YAML text: what is changed is what was asked for, and every other character stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import libyaml
from vpnlint.fixing.add_entry import add_item, add_pair
from vpnlint.fixing.draft import Draft
from vpnlint.fixing.emit import Value
from vpnlint.fixing.move_entry import move_entry
from vpnlint.fixing.remove_entry import remove_entry
from vpnlint.fixing.set_entry import set_value
from vpnlint.fixing.syntax import Part
from vpnlint.fixing.text_edit import CannotEdit


def at(draft: Draft, *path: str, document: int = 0) -> Part:
    """The value at these keys and items' numbers."""
    part = draft.tree.roots[document]
    for step in path:
        inner = part.items[int(step)] if part.kind == "list" else part.get(step)
        assert inner is not None, step
        part = inner
    return part


def changed(text: str, change: Callable[[Draft], None]) -> str:
    """The text after a change; its edits, made in the original, come to the same."""
    draft = Draft(text)
    change(draft)
    made = text
    for edit in reversed(draft.edits()):
        made = made[: edit.start] + edit.new + made[edit.end :]
    assert made == draft.text
    return draft.text


@pytest.mark.parametrize(
    ("text", "path", "value", "expected"),
    [
        ("a: off  # why\n", "a", "on", 'a: "on"  # why\n'),
        ("a: 'off'\n", "a", "on", "a: 'on'\n"),
        ('a: "off"\n', "a", 'say "x"', 'a: "say \\"x\\""\n'),
        ("a: 'off'\n", "a", "it's", "a: 'it''s'\n"),
        ("a: 1\n", "a", True, "a: true\n"),
        ("a: !!str off\n", "a", "x", "a: !!str x\n"),
        ("a:\nb: 1\n", "a", "x", "a: x\nb: 1\n"),
        ("a: # why\nb: 1\n", "a", "x", "a: x # why\nb: 1\n"),
        ("a: |\n  one\n  two\nb: 1\n", "a", "x", "a: x\nb: 1\n"),
        ("a: {b: off, c: 1}\n", "a.b", "on", 'a: {b: "on", c: 1}\n'),
        ("a: {b: off}\n", "a.b", {"c": 1}, "a: {b: {c: 1}}\n"),
        ("- a\n- b", "1", "c", "- a\n- c"),
        ("a:\n  b: 1\n", "a", {"c": "1"}, 'a:\n  c: "1"\n'),
        ("a: 1\n", "a", {"c": {"d": [1]}}, "a:\n  c:\n    d:\n      - 1\n"),
        ("a: \u00e4\u00df\U0001f600 \nb: off\n", "b", "x", "a: \u00e4\u00df\U0001f600 \nb: x\n"),
        ("a: &x off\n", "a", "on", 'a: &x "on"\n'),
    ],
)
def test_a_value_is_set_where_it_stands(text: str, path: str, value: Value, expected: str) -> None:
    assert changed(text, lambda draft: set_value(draft, at(draft, *path.split(".")), value)) == expected


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a:\n  b: 1\n", "a", "a:\n  b: 1\n  new: x\n"),
        ("a:\n  b: 1", "a", "a:\n  b: 1\n  new: x"),
        ("a:\n  b: 1  # one\n  # two: 2\nc: 1\n", "a", "a:\n  b: 1  # one\n  new: x\n  # two: 2\nc: 1\n"),
        ("a:\r\n  b: 1\r\nc: 2\r\n", "a", "a:\r\n  b: 1\r\n  new: x\r\nc: 2\r\n"),
        ("a:\n    b: |\n        text\n\nc: 1\n", "a", "a:\n    b: |\n        text\n    new: x\n\nc: 1\n"),
        ("a:\n  b: |+\n    text\n\nc: 1\n", "a", "a:\n  b: |+\n    text\n\n  new: x\nc: 1\n"),
        ("a: {b: 1}\n", "a", "a: {b: 1, new: x}\n"),
        ("a: {b: 1,}\n", "a", "a: {b: 1, new: x}\n"),
        ("a: {}\n", "a", "a: {new: x}\n"),
        ("a: {\n  b: 1  # one\n}\n", "a", "a: {\n  b: 1, new: x  # one\n}\n"),
        ("a:\nc: 1\n", "a", "a:\n  new: x\nc: 1\n"),
        ("a:  # why\nc: 1\n", "a", "a:  # why\n  new: x\nc: 1\n"),
        ("a: ~\nc: 1\n", "a", "a:\n  new: x\nc: 1\n"),
        ("- b: 1\n  c: 2\n- d: 1\n", "0", "- b: 1\n  c: 2\n  new: x\n- d: 1\n"),
        ("a:\n  b: &x 1\nc: *x\n", "a", "a:\n  b: &x 1\n  new: x\nc: *x\n"),
        ("a:\n  <<: *x\n", "a", "a:\n  <<: *x\n  new: x\n"),
        ("#\tx: {\na:\n  b: 1 #\ttab: 1\n", "a", "#\tx: {\na:\n  b: 1 #\ttab: 1\n  new: x\n"),
    ],
)
def test_a_key_is_added_behind_the_last_one(text: str, path: str, expected: str) -> None:
    assert changed(text, lambda draft: add_pair(draft, at(draft, *path.split(".")), "new", "x")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a:\n  - 1\n  - 2\n", 'a:\n  - 1\n  - 2\n  - name: x\n    value: "off"\n'),
        ("a:\n- 1\nb: 1\n", 'a:\n- 1\n- name: x\n  value: "off"\nb: 1\n'),
        ("a: [1, 2]\n", 'a: [1, 2, {name: x, value: "off"}]\n'),
        ("a: []\n", 'a: [{name: x, value: "off"}]\n'),
        (
            "a:\n  - b: 1\n    c: {d: 1}  # e\n",
            'a:\n  - b: 1\n    c: {d: 1}  # e\n  - name: x\n    value: "off"\n',
        ),
    ],
)
def test_an_item_is_added_in_the_style_of_the_list(text: str, expected: str) -> None:
    made = changed(text, lambda draft: add_item(draft, at(draft, "a"), {"name": "x", "value": "off"}))
    assert made == expected


def test_an_item_is_put_first_above_the_comments_of_the_next() -> None:
    text = "a:\n  # one\n  - 1\n"
    made = changed(text, lambda draft: add_item(draft, at(draft, "a"), "zero", first=True))
    assert made == "a:\n  - zero\n  # one\n  - 1\n"


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a: 1\nb: 2  # two\nc: 3\n", "b", "a: 1\nc: 3\n"),
        ("a: 1\nb: 2", "b", "a: 1"),
        ("a: 1\r\nb: 2", "b", "a: 1"),
        ("a: 1\nb: |\n  x\n  y\nc: 3\n", "b", "a: 1\nc: 3\n"),
        ("a: {b: 1, c: 2, d: 3}\n", "a.c", "a: {b: 1, d: 3}\n"),
        ("a: {b: 1, c: 2}\n", "a.c", "a: {b: 1}\n"),
        ("a: {b: 1, c: 2}\n", "a.b", "a: {c: 2}\n"),
        ("- a: 1\n  b: 2\n", "0.a", "- b: 2\n"),
        ("a:\n  - 1\n  - 2\n", "a.0", "a:\n  - 2\n"),
        ("a:\n  b:\n    c: 1\nd: 1\n", "a.b.c", "d: 1\n"),
        ("a: 1\n---\nb: 1\nc: 2\n", "a", None),
    ],
)
def test_what_is_removed_goes_with_its_key_and_what_holds_nothing_else(
    text: str, path: str, expected: str | None
) -> None:
    def change(draft: Draft) -> None:
        remove_entry(draft, at(draft, *path.split(".")))

    if expected is None:
        with pytest.raises(CannotEdit, match="a whole document"):
            changed(text, change)
    else:
        assert changed(text, change) == expected


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a: &x {b: off}\nc: *x\n", "a.b", 2),
        ("a: &x\n  b: off\nc:\n  <<: *x\n", "a.b", 4),
        ("a: &x off\nb: 1\nc: [*x]\n", "a", 3),
    ],
)
def test_what_an_alias_stands_for_is_not_changed_for_both(text: str, path: str, line: int) -> None:
    draft = Draft(text)
    with pytest.raises(CannotEdit, match=rf"\*x in line {line} stands for the same text"):
        set_value(draft, at(draft, *path.split(".")), "on")
    assert draft.text == text


def test_an_alias_itself_gives_way_to_a_value_of_its_own() -> None:
    text = "a: &x off\nc: *x\n"
    assert changed(text, lambda draft: set_value(draft, at(draft, "c"), "on")) == 'a: &x off\nc: "on"\n'


MOVED = """\
spec:
  containers:
    # The client.
    - name: client
      image: client
    # The VPN,
    # with its firewall.
    - name: vpn  # first
      args:
        - |
          text

          more
  volumes: []
"""


def test_a_container_is_moved_with_its_comments_into_a_list_that_is_made_for_it() -> None:
    text = "\n".join(MOVED.splitlines()) + "\n"
    made = changed(
        text, lambda draft: move_entry(draft, at(draft, "spec", "containers", "1"), None, "initContainers")
    )
    vpn = "".join(MOVED.splitlines(keepends=True)[5:13])
    client = "".join(MOVED.splitlines(keepends=True)[1:5])
    assert made == f"spec:\n  initContainers:\n{vpn}{client}  volumes: []\n"
    before, after = libyaml.load(text)["spec"], libyaml.load(made)["spec"]
    assert after["initContainers"] == before["containers"][1:]
    assert after["containers"] == before["containers"][:1]


def test_a_container_is_moved_behind_those_of_a_list_with_another_margin() -> None:
    text = "initContainers:\n  - name: first\n" + "containers:\n- name: a\n- name: vpn\n  args:\n  - b\n"
    made = changed(
        text, lambda draft: move_entry(draft, at(draft, "containers", "1"), at(draft, "initContainers"), "x")
    )
    assert made == (
        "initContainers:\n  - name: first\n  - name: vpn\n    args:\n    - b\ncontainers:\n- name: a\n"
    )


def test_the_only_container_is_not_moved() -> None:
    draft = Draft("containers:\n  - name: a\n")
    with pytest.raises(CannotEdit, match="the only container"):
        move_entry(draft, at(draft, "containers", "0"), None, "initContainers")


def test_the_second_document_is_changed_where_the_first_is_no_yaml() -> None:
    text = "a: [\n---\nb: off\n...\n---\nb: off\n"
    draft = Draft(text)
    set_value(draft, at(draft, "b"), "on")
    assert draft.text == 'a: [\n---\nb: "on"\n...\n---\nb: off\n'


def test_one_edit_after_the_other_finds_its_place() -> None:
    text = "a:\n  b: 1\nc:\n  d: off\n"
    draft = Draft(text)
    start = at(draft, "c", "d").start
    add_pair(draft, at(draft, "a"), "new", {"x": "1", "z": ["2"]})
    part = draft.find(start, "scalar")
    assert part is not None
    set_value(draft, part, "on")
    assert draft.text == 'a:\n  b: 1\n  new:\n    x: "1"\n    z:\n      - "2"\nc:\n  d: "on"\n'
    assert len(draft.edits()) == 2


@pytest.mark.parametrize(
    "value",
    ["on", "off", "y", "~", "1", "1e3", "0o7", "0x1", "1_000", "2020-01-01", "-a", "a: b", "a #b", "", "{a}"],
)
def test_a_text_stays_a_text_to_whoever_reads_it(value: str) -> None:
    made = changed("a: 1\n", lambda draft: set_value(draft, at(draft, "a"), value))
    assert made == f'a: "{value}"\n'
    assert libyaml.load(made) == {"a": value}
