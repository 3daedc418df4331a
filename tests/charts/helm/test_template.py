"""Compares `{{ }}` in values with the texts that real Helm 4.2 rendered with app-template 4.1.1."""

from __future__ import annotations

import time

import pytest

from tests.charts.app_template.derived import values
from vpnlint.charts.helm.template import Template, find_undefined_function
from vpnlint.errors import InputError

VALUES = """\
number: 5
million: 1000000
half: 0.5
yes_: true
nothing: null
list: [a, b]
map: {k: v}
text: "T{{ .Release.Name }}"
parents: [{name: external}]
"""


def expand(text: str) -> str:
    template = Template(
        release={"Name": "rel", "Namespace": "ns", "Service": "Helm"},
        chart={"Name": "app-template"},
        values=values(VALUES),
        named={"bjw-s.common.lib.chart.names.fullname": "rel"},
    )
    return template.expand_text(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{ .Release.Name }}.{{.Release.Namespace}}", "rel.ns"),
        ("{{ .Release.Name | upper | quote }}", '"REL"'),
        ("{{ .Release.Name | squote }}", "'rel'"),
        ('{{ printf "%s-%d-%q%%" .Release.Name 5 "x" }}', 'rel-5-"x"%'),
        (
            "{{ .Values.number }} {{ .Values.million }} {{ .Values.half }} {{ .Values.yes_ }}",
            "5 1e+06 0.5 true",
        ),
        ("[{{ .Values.nothing }}{{ .Values.missing }}]", "[]"),
        ("{{ $.Values.map.k }}{{ (.Values.map).k }}", "vv"),
        ('{{ index .Values "map" "k" }}{{ index .Values.list 1 }}', "vb"),
        ("{{ (index .Values.parents 0).name }}", "external"),
        ('{{ join "," .Values.list }}{{ .Values.list | join "-" }}', "a,ba-b"),
        ('{{ default "d" .Values.map.zz }}{{ .Values.map.k | default "d" }}', "dv"),
        ('{{ ternary "yes" "no" .Values.yes_ }}{{ not .Values.yes_ | ternary "yes" "no" }}', "yesno"),
        ('{{ and .Values.yes_ .Release.Name }}{{ or .Values.nothing "x" }}', "relx"),
        ('{{ eq .Release.Name "x" "rel" }}{{ ne .Release.Name "rel" }}', "truefalse"),
        ('{{ .Release.Name | trunc 2 }}{{ trimPrefix "r" .Release.Name }}', "reel"),
        ('{{ .Release.Name | replace "e" "EE" }}', "rEEl"),
        ('{{ title "hello it\'s a-b_c" }}', "Hello It'S A-B_c"),
        ("{{ .Values.text }} {{ tpl .Values.text . }}", "T{{ .Release.Name }} Trel"),
        ('{{ include "bjw-s.common.lib.chart.names.fullname" . }}', "rel"),
        ("{{ .Chart.Name }}", "app-template"),
        ('a  {{- " b " -}}  c', "a b c"),
        ("x {{- /* a comment */ -}} y", "xy"),
        ('{{ "{{PORT}}" }} {{`{{PORTS}}`}}', "{{PORT}} {{PORTS}}"),
        ('{{"{{"}}PORT{{"}}"}}', "{{PORT}}"),
        ("{{ 5 }} {{ 1.5 }} {{ true }} {{ -3 }}", "5 1.5 true -3"),
        ("plain }} text", "plain }} text"),
        ("${VAR}{{ .Release.Name }}", "${VAR}rel"),
        ("{{ if .Values.yes_ }}a{{ else }}b{{ end }}", "a"),
        ("{{ range .Values.list }}{{ . }}{{ end }}", "ab"),
        ("{{ $x := 5 }}{{ $x }}", "5"),
        ('{{ printf "%05d" 3 }}', "00003"),
        ("{{ with .Values.map }}{{ .k }}{{ end }}", "v"),
    ],
)
def test_what_is_decidable(text: str, expected: str) -> None:
    assert expand(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "{{PORT}}",
        "{{ .Values.map }}",
        "{{ .Values.map.k.deeper }}",
        "{{ if .Capabilities }}a{{ end }}",
        "{{ if .Release.IsInstall }}{{ .Release.Name }}{{ end }}",
        "{{ range .Values.list }}{{ now }}{{ end }}",
        '{{ lookup "v1" "Secret" "ns" "name" }}',
        '{{ include "another.template" . }}',
        "{{ $x := now }}{{ $x }}",
        "{{ .Release.IsInstall }}",
        '{{ index .Release "IsInstall" }}',
        '{{ "unfinished',
        '{{ printf "%x" 3 }}',
        '{{ "a" "b" }}',
        "{{#each x}}",
    ],
)
def test_what_is_not_decidable_stays(text: str) -> None:
    assert expand(text) == text


def test_the_rest_of_a_text_is_evaluated_all_the_same() -> None:
    assert expand("{{ unknown }} {{ .Release.Name }}") == "{{ unknown }} rel"


def test_values_that_evaluate_each_other_end_soon() -> None:
    call = "{{ tpl .Values.x%d . }}"
    nested = values("\n".join(f"x{depth}: '{call % (depth + 1) * 2}'" for depth in range(25)))
    template = Template(release={}, chart={}, values=nested, named={})
    start = time.process_time()
    with pytest.raises(InputError, match="produces more steps"):
        template.expand(nested)
    assert time.process_time() - start < 2


def test_a_function_that_helm_lacks_is_found_wherever_it_is_called() -> None:
    assert find_undefined_function('{{ if (eq (PORT) "x") }}{{ end }}') == "PORT"
    assert find_undefined_function("{{ if true }}{{ .Values.a | nope }}{{ end }}") == "nope"
    assert find_undefined_function('{{ lookup "v1" "Secret" "ns" "name" | toYaml }}{{ .a.b }}') == ""


def test_a_node_without_templates_is_returned_itself() -> None:
    template = Template(release={"Name": "rel"}, chart={}, values=values(VALUES), named={})
    node = values("{a: [x, {b: 1}], c: null}")
    assert template.expand(node) is node
    changed = template.expand(values('{a: [x, "{{ .Release.Name }}"]}'))
    assert changed.to_plain() == {"a": ["x", "rel"]}
