"""One change of the Pod, in every shape that people write Pods in."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from tests.fixing.mending import Mender
from tests.fixing.shapes import DEPLOYMENT, OFF, RELEASE, SWITCH, USERSPACE, written
from vpnlint.ruleset.ruleset import load_rules

KUSTOMIZATION = (
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [deployment.yaml]\n"
)
PATCH = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: torrents, namespace: media}}
spec:
  template:
    spec:
      initContainers:
        - name: gluetun
          env:
            - name: {SWITCH}  # the web UI
              value: "off"
"""
CONFIG = f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: vpn, namespace: media}}
data:
  VPN_TYPE: openvpn
  {SWITCH}: "off"
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: torrents, namespace: argocd}
spec:
  destination: {namespace: media, server: https://kubernetes.default.svc}
  source:
    repoURL: https://bjw-s-labs.github.io/helm-charts
    chart: app-template
    targetRevision: 4.1.1
    helm:
      valuesObject:
"""

# What lies in the repository, and the one line that becomes another.
SHAPES: dict[str, tuple[dict[str, str], str, str, str]] = {
    "a Deployment": (
        {
            "a.yaml": DEPLOYMENT.replace(
                "              value: openvpn\n", f"              value: openvpn\n{OFF}"
            )
        },
        "a.yaml",
        OFF,
        OFF.replace("'off'", "'on'"),
    ),
    "app-template's env as a mapping": (
        {"a.yaml": RELEASE},
        "a.yaml",
        f"              {SWITCH}: off\n",
        f'              {SWITCH}: "on"\n',
    ),
    "app-template's env as a list": (
        {
            "a.yaml": RELEASE.replace("VPN_TYPE: openvpn", "- {name: VPN_TYPE, value: openvpn}").replace(
                f"{SWITCH}: off", f"- {{name: {SWITCH}, value: off}}"
            )
        },
        "a.yaml",
        f"              - {{name: {SWITCH}, value: off}}\n",
        f'              - {{name: {SWITCH}, value: "on"}}\n',
    ),
    "app-template's variable as a mapping": (
        {"a.yaml": RELEASE.replace(f"{SWITCH}: off", f"{SWITCH}: {{value: 'off'}}")},
        "a.yaml",
        f"              {SWITCH}: {{value: 'off'}}\n",
        f"              {SWITCH}: {{value: 'on'}}\n",
    ),
    "a patch in a file": (
        {
            "deployment.yaml": DEPLOYMENT,
            "kustomization.yaml": KUSTOMIZATION + "patches: [{path: patch.yaml}]\n",
            "patch.yaml": PATCH,
        },
        "patch.yaml",
        '              value: "off"\n',
        '              value: "on"\n',
    ),
    "a ConfigMap by envFrom": (
        {
            "a.yaml": DEPLOYMENT.replace(
                "          startupProbe",
                "          envFrom: [{configMapRef: {name: vpn}}]\n          startupProbe",
            ),
            "b.yaml": CONFIG,
        },
        "b.yaml",
        f'  {SWITCH}: "off"\n',
        f'  {SWITCH}: "on"\n',
    ),
    "a ConfigMap by a key": (
        {
            "a.yaml": DEPLOYMENT.replace(
                "              value: openvpn\n",
                f"              value: openvpn\n            - name: {SWITCH}\n"
                f"              valueFrom: {{configMapKeyRef: {{name: vpn, key: {SWITCH}}}}}\n",
            ),
            "b.yaml": CONFIG,
        },
        "b.yaml",
        f'  {SWITCH}: "off"\n',
        f'  {SWITCH}: "on"\n',
    ),
    "an Argo CD Application's values": (
        {"a.yaml": APPLICATION + "".join(f"    {line}" for line in RELEASE.splitlines(keepends=True)[6:])},
        "a.yaml",
        f"                  {SWITCH}: off\n",
        f'                  {SWITCH}: "on"\n',
    ),
    "a chart's values file": (
        {
            "Chart.yaml": "apiVersion: v2\nname: torrents\nversion: 1.0.0\n"
            "dependencies: [{name: app-template, version: 4.1.1, repository: https://bjw-s-labs.github.io/helm-charts}]\n",
            "values.yaml": "app-template:\n"
            + "".join(
                line.removeprefix("  ")
                for line in RELEASE.replace(": off", ': "off"').splitlines(keepends=True)[6:]
            ),
        },
        "values.yaml",
        f'            {SWITCH}: "off"\n',
        f'            {SWITCH}: "on"\n',
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_line_that_a_person_edits_is_changed_and_no_other(shape: str, mender: Mender) -> None:
    files, name, old, new = SHAPES[shape]
    written(files)
    outcome = mender.mend(lambda finding: finding.rule == "missing-kill-switch")
    assert [finding.rule for finding in outcome.fixed] == ["missing-kill-switch"], outcome.unfixed
    assert list(outcome.texts) == [name]
    difference = [
        line
        for line in difflib.ndiff(
            files[name].splitlines(keepends=True), outcome.texts[name].splitlines(keepends=True)
        )
        if line[0] in "+-"
    ]
    assert difference == [f"- {old}", f"+ {new}"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "              TS_EXTRA_ARGS: --exit-node=100.64.0.7\n",
            '              TS_EXTRA_ARGS: --exit-node=100.64.0.7\n              TS_USERSPACE: "false"\n',
        ),
        (
            "            env:\n              TS_EXTRA_ARGS: --exit-node=100.64.0.7\n",
            (
                "            env:\n              - name: TS_EXTRA_ARGS\n                value: --exit-node=100.64.0.7\n"
                '              - name: TS_USERSPACE\n                value: "false"\n'
            ),
        ),
        (
            "            env:\n              TS_EXTRA_ARGS: --exit-node=100.64.0.7\n",
            '            env: {TS_EXTRA_ARGS: --exit-node=100.64.0.7, TS_USERSPACE: "false"}\n',
        ),
    ],
    ids=["mapping", "list", "flow"],
)
def test_a_variable_is_added_as_the_others_are_written(old: str, new: str, mender: Mender) -> None:
    lacking = new.replace('              - name: TS_USERSPACE\n                value: "false"\n', "")
    lacking = lacking.replace('              TS_USERSPACE: "false"\n', "").replace(
        ', TS_USERSPACE: "false"', ""
    )
    text = USERSPACE.replace(old, lacking)
    written({"a.yaml": text})
    outcome = mender.mend(lambda finding: finding.rule == "userspace-tailscale")
    assert outcome.texts == {"a.yaml": text.replace(lacking, new)}, outcome.unfixed


def test_what_a_merge_brings_is_overridden_beside_it(mender: Mender) -> None:
    text = RELEASE.replace(
        "spec:\n  chart", f'x-settings: &settings\n  {SWITCH}: "off"\n  TZ: UTC\nspec:\n  chart', 1
    ).replace(f"              {SWITCH}: off\n", "              <<: *settings\n")
    written({"a.yaml": text})
    outcome = mender.mend(lambda finding: finding.rule == "missing-kill-switch")
    assert outcome.texts == {
        "a.yaml": text.replace(
            "              <<: *settings\n", f'              <<: *settings\n              {SWITCH}: "on"\n'
        )
    }, outcome.unfixed


def test_what_a_template_makes_is_not_edited(mender: Mender) -> None:
    written({"a.yaml": RELEASE.replace(": off", ': "{{ ternary `off` `on` true }}"')})
    outcome = mender.mend(lambda finding: finding.rule == "missing-kill-switch")
    assert outcome.texts == {}
    (item,) = outcome.unfixed
    assert item.reason.startswith("a.yaml:15 has '{{ ternary"), item.reason


def test_an_anchor_that_nothing_refers_to_is_no_hindrance(mender: Mender) -> None:
    text = RELEASE.replace("values:\n", "values: &all\n").replace(": off", ": &off off")
    written({"a.yaml": text})
    outcome = mender.mend(lambda finding: finding.rule == "missing-kill-switch")
    assert outcome.texts == {"a.yaml": text.replace("&off off", '&off "on"')}


def test_what_flux_fills_in_is_named_with_its_place(mender: Mender) -> None:
    apply = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substitute: {SWITCH: "off"}}
"""
    Path("apps").mkdir()
    written({"apply.yaml": apply, "apps/a.yaml": RELEASE.replace(": off", ': "${SWITCH}"')})
    outcome = mender.mend(lambda finding: finding.rule == "missing-kill-switch")
    assert outcome.texts == {}
    (item,) = outcome.unfixed
    assert item.reason == f"apps/a.yaml:15 has '${{SWITCH}}', of which something else makes env.{SWITCH}"


def test_two_documents_and_two_findings_are_mended_in_one_file(mender: Mender) -> None:
    first = DEPLOYMENT.replace("              value: openvpn\n", f"              value: openvpn\n{OFF}")
    text = f"# both\n---\n{first}---\n{first.replace('name: torrents', 'name: others')}"
    written({"a.yaml": text})
    outcome = mender.mend(lambda finding: finding.rule == "missing-kill-switch")
    assert outcome.texts == {"a.yaml": text.replace("'off'", "'on'")}
    assert len(outcome.fixed) == 2


OWN_RULE = """\
id: our-name
severity: warning
summary: A variable has the name that we left
for: vpn
cases:
  - when: it.env.exists(e, e.name == "OUR_OLD")
    answer: deny
    say: it is called OUR_NEW now
    help: rename it
    fix: {rename: env.OUR_OLD, to: OUR_NEW, safe: true}
why: we agreed on it
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("              OUR_OLD: a  # ours\n", "              OUR_NEW: a  # ours\n"),
        ('              "OUR_OLD": {value: a}\n', '              "OUR_NEW": {value: a}\n'),
    ],
)
def test_a_rule_of_ones_own_renames_a_variable(old: str, new: str, mender: Mender) -> None:
    Path("rules").mkdir()
    written({"rules/own.yaml": OWN_RULE})
    own = Mender(load_rules([Path("rules")]))
    text = RELEASE.replace("            probes:\n", f"{old}            probes:\n", 1)
    listed = DEPLOYMENT.replace("name: VPN_TYPE\n", "name: 'OUR_OLD'\n")
    written({"a.yaml": text, "b.yaml": listed})
    outcome = own.mend(lambda finding: finding.rule == "our-name")
    assert outcome.texts == {
        "a.yaml": text.replace(old, new),
        "b.yaml": listed.replace("'OUR_OLD'", "'OUR_NEW'"),
    }, outcome.unfixed
    assert mender.judge({}).problems == ()


def test_app_template_orders_sidecars_by_what_they_depend_on(mender: Mender) -> None:
    client = "            image: {repository: lscr.io/linuxserver/transmission, tag: 4.0.6}\n"
    text = RELEASE.replace(f"{SWITCH}: off", "TZ: UTC").replace(
        "        containers:\n          app:\n" + client,
        f"          app:\n{client}            restartPolicy: Always\n"
        "        containers:\n          other:\n            image: {repository: busybox, tag: 1.37.0}\n",
    )
    written({"a.yaml": text})
    outcome = mender.mend(lambda finding: finding.rule == "client-before-vpn")
    line = "            restartPolicy: Always\n"
    assert outcome.texts == {
        "a.yaml": text.replace(f"{client}{line}", f"{client}{line}            dependsOn: gluetun\n")
    }
