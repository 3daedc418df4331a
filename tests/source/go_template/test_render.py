"""Tests that templates are filled in like Go's text/template and sprig, or not at all."""

from __future__ import annotations

import time

import pytest

from vpnlint.source.go_template.dialects import HELM
from vpnlint.source.go_template.limits import Undecidable
from vpnlint.source.go_template.render import Renderer

DATA = {
    "a": "x",
    "n": 3,
    "items": ["p", "q"],
    "map": {"k": "v", "b": True},
    "empty": "",
    "nothing": None,
    "more": {"a": "b", "m": {"k": 2, "l": 3}},
}


def free(steps: int, text: int) -> None:
    """Charge nothing."""


def render(text: str, *, strict: bool = True) -> str:
    renderer = Renderer(HELM._replace(is_strict=strict), free, {"inputs": lambda: DATA})
    return renderer.render(text, DATA)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("{{ .a }}-{{ .map.k }}", "x-v"),
        ('{{ inputs.map.k }} {{ get inputs.map "k" }}', "v v"),
        ("a {{- .a -}} b", "axb"),
        ("{{/* {{ }} */}}x", "x"),
        ("{{ if .empty }}1{{ else if .a }}2{{ else }}3{{ end }}", "2"),
        ("{{ if and .a (not .empty) }}1{{ end }}", "1"),
        ("{{ range $i, $x := .items }}{{ $i }}{{ $x }}{{ end }}", "0p1q"),
        ("{{ range .items }}{{ . }}{{ break }}{{ end }}", "p"),
        ("{{ range .empty2 }}{{ else }}none{{ end }}", "none"),
        ("{{ range $k, $v := .map }}{{ $k }}={{ $v }};{{ end }}", "b=true;k=v;"),
        ("{{ with .map }}{{ .k }}{{ $.a }}{{ end }}", "vx"),
        ("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}", "2"),
        ('{{ .empty | default "d" | upper | quote }}', '"D"'),
        ('{{ printf "%s-%03d%%" .a .n }}', "x-003%"),
        (
            '{{ define "t" }}<{{ . }}>{{ end }}{{ include "t" .a | indent 2 }}{{ template "t" .n }}',
            "  <x><3>",
        ),
        ('{{ tpl "{{ .a }}" . }}', "x"),
        ("{{ .map | toYaml | nindent 2 }}", "\n  b: true\n  k: v"),
        ('{{ eq .n 3 }} {{ ne .a "y" }} {{ lt .n 4 }}', "true true true"),
        ('{{ (index .items 1) }} {{ len .items }} {{ join "," .items }}', "q 2 p,q"),
        ("{{ `raw {{` }}", "raw {{"),
        ('{{ (dict "a" "b").a }}', "b"),
        ('{{ $x := dict }}{{ $_ := set $x "a" 1 }}{{ $_ := unset $x "b" }}{{ toJson $x }}', '{"a":1}'),
        (
            '{{ $x := dict "a" "" "m" (dict "k" 1) }}{{ $_ := merge $x .more }}{{ toJson $x }}',
            '{"a":"b","m":{"k":1,"l":3}}',
        ),
        (
            '{{ toJson (mergeOverwrite (dict "a" 1 "m" (dict "k" 1)) (dict "a" "" "m" (dict "k" 2))) }}',
            '{"a":1,"m":{"k":2}}',
        ),
        ('{{ $x := deepCopy .map }}{{ $_ := set $x "k" "w" }}{{ .map.k }}{{ $x.k }}', "vw"),
        ('{{ dig "k" "no" .map }} {{ dig "l" "m" "no" .map }}', "v no"),
        ('{{ toJson (pick .map "k" "l") }} {{ toJson (omit .map "k") }}', '{"k":"v"} {"b":true}'),
        ('{{ kindIs "map" .map }} {{ kindIs "string" .n }} {{ kindOf .items }}', "true false slice"),
        ('{{ typeIs "string" .n }} {{ typeIs "string" "a" }} {{ typeOf true }}', "false true bool"),
        ('{{ regexMatch "^[a-z]$" .a }} {{ mustRegexMatch "^y" .a }}', "true false"),
        ('{{ round 2.5 0 }} {{ (fromJson "[1]") | first }} {{ reverse .items | join "" }}', "3 1 qp"),
        ('{{ slice .items 1 | join "" }}{{ initial .items | join "" }}{{ untitle "Ab" }}', "qpab"),
        ("{{ lookup .a | sha256sum }}", "f" * 64),
    ],
)
def test_a_template_is_filled_in(text: str, expected: str) -> None:
    assert render(text, strict="empty2" not in text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{{ .none }}",
        '{{ lookup "v1" }}',
        "{{ now }}",
        "{{ randAlpha 3 }}",
        "{{ .map }}",
        "{{ if .a }}",
        "{{ end }}",
        "{{ .a",
        "{{ 'x' }}",
        '{{ include "none" . }}',
        '{{ define "t" }}{{ include "t" . }}{{ end }}{{ include "t" . }}',
        "{{ " + "(" * 1000 + ".a" + ")" * 1000 + " }}",
        "{{ if .a }}" * 1000 + "{{ end }}" * 1000,
        "{{ repeat 99999999 .a }}",
        "{{ range until 99999999 }}{{ end }}",
        '{{ fail "no" }}',
        "{{ div 1 0 }}",
        "{{ break }}",
        "{{ if .a }}{{ continue }}{{ end }}",
        "{{ $x = 1 }}",
        '{{ printf "%s%s" .a }}',
        "{{ kindOf .n }}",
        '{{ kindIs "float64" .n }}',
        '{{ typeIs "float64" .n }}',
        '{{ regexMatch "(" .a }}',
        "{{ slice .items 3 }}",
        '{{ $x := dict }}{{ $_ := set $x "x" $x }}{{ toYaml $x }}',
        "{{ lookup .a | sha256sum | trunc 4 }}",
    ],
)
def test_what_cannot_be_told_is_undecidable(text: str) -> None:
    with pytest.raises(Undecidable):
        render(text)


@pytest.mark.parametrize(
    "text",
    [
        "{{ $x := list 1 2 }}{{ range until 100 }}{{ $x = concat $x $x }}{{ end }}",
        '{{ $x := dict "a" 1 }}{{ range until 100 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ toJson $x }}',
        '{{ $x := dict "a" 1 }}{{ range until 9000 }}{{ $x = dict "a" $x }}{{ end }}{{ toJson $x }}',
        '{{ $x := repeat 100000 "a" }}{{ replace "a" $x $x }}',
        '{{ $x := repeat 100000 "a" }}{{ join $x (until 9000) }}',
        '{{ $x := repeat 1000000 "a" }}{{ printf "%s%s%s%s%s%s" $x $x $x $x $x $x }}',
    ],
)
def test_what_grows_without_end_is_undecidable_at_once(text: str) -> None:
    start = time.process_time()
    with pytest.raises(Undecidable, match="of more than"):
        render(text)
    assert time.process_time() - start < 3


def test_what_stands_there_twice_is_written_twice() -> None:
    assert render('{{ $x := dict "a" 1 }}{{ toYaml (list $x $x) }}') == "- a: 1\n- a: 1"
