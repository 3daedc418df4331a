"""Tests that each program offers its own functions, and that a template with any other is not filled in."""

from __future__ import annotations

import pytest

from vpnlint.source.go_template.dialects import APPLICATION_SET, HELM, RESOURCE_SET, Dialect
from vpnlint.source.go_template.limits import Undecidable
from vpnlint.source.go_template.render import Renderer


def render(dialect: Dialect, action: str) -> str:
    left, right = dialect.delimiters
    data = {"a": "My_App v1.0", "map": {"k": "v"}}
    return Renderer(dialect, lambda steps, text: None).render(f"{left} {action} {right}", data)


@pytest.mark.parametrize(
    ("dialect", "action", "expected"),
    [
        (RESOURCE_SET, "slugify .a", "my_app-v1-0"),
        (APPLICATION_SET, "slugify .a", "my_app-v1-0"),
        (APPLICATION_SET, "normalize .a", "my-app-v1.0"),
        (HELM, "toYaml .map", "k: v"),
        (RESOURCE_SET, "toYaml .map", "k: v\n"),
        (APPLICATION_SET, "toYaml .map", "k: v"),
        (HELM, ".b", ""),
        (HELM, 'required "no a" .a', "My_App v1.0"),
        # As Helm 4.2.2 printed them.
        (HELM, 'print (base "a/b.yaml") (base "") (base "/") (base "a/")', "b.yaml./a"),
        (HELM, 'print (dir "a/b/c") " " (dir "a") " " (dir "/a") " " (dir "")', "a/b . / ."),
        (HELM, 'print (ext "a/b.tar.gz") (ext "a.b/c")', ".gz"),
        (HELM, 'print (clean "a//b/../c/") " " (clean "") " " (clean "//x")', "a/c . /x"),
    ],
)
def test_a_dialect_has_its_functions(dialect: Dialect, action: str, expected: str) -> None:
    assert render(dialect, action) == expected


@pytest.mark.parametrize(
    ("dialect", "action"),
    [
        (HELM, "slugify .a"),
        (HELM, "normalize .a"),
        (RESOURCE_SET, "normalize .a"),
        (RESOURCE_SET, "nospace .a"),
        (RESOURCE_SET, "fromYaml .a"),
        (RESOURCE_SET, 'tpl "x" .'),
        (APPLICATION_SET, 'include "x" .'),
        (APPLICATION_SET, 'required "x" .a'),
        (RESOURCE_SET, ".b"),
        (APPLICATION_SET, 'slugify "a & b"'),
    ],
)
def test_a_dialect_lacks_those_of_the_others(dialect: Dialect, action: str) -> None:
    with pytest.raises(Undecidable):
        render(dialect, action)
