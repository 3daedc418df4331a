"""`vpnlint emit`: what is written, that policies/ holds what the last release wrote, and what is refused
before anything is written."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.admission.verdicts import FORMS, POD_VIEW, RELEASE_VIEW, emit_all
from tests.checkout import POLICIES, ROOT
from tests.program import vpnlint
from tests.shipped import RULESET
from tools.release import CHECKSUMS, checksums
from vpnlint import __version__
from vpnlint.admission.bundle import bundle_checks
from vpnlint.admission.check import find_policy_answer, list_answers, make_checks
from vpnlint.admission.cluster_cel import check_rule
from vpnlint.admission.emission import policy_documents
from vpnlint.admission.kyverno_policy import make_validating_policy
from vpnlint.admission.native_policy import make_admission_policy
from vpnlint.admission.views import View, read_views
from vpnlint.admission.yaml_text import dump_documents
from vpnlint.ruleset.rule import Rule

GOLDEN = Path(__file__).with_name("golden")
OWN_RULE = """\
id: {id}
severity: warning
summary: A rule of our own
for: client
cases:
  - when: {deny}
    answer: deny
    say: "{{it.name}} is not allowed"
    help: change it
why: To try the command line.
"""
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: client
spec:
  containers:
    - name: {name}
      image: ghcr.io/home-operations/qbittorrent:5.1.2
"""


def emit(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return vpnlint("emit", *arguments)


def own_rule(folder: Path, deny: str, identifier: str = "own-rule") -> Path:
    rules = folder / "rules"
    rules.mkdir()
    (rules / "own.yaml").write_text(OWN_RULE.format(id=identifier, deny=deny))
    return rules


def documents(text: str) -> list[dict[str, Any]]:
    return list(yaml.load_all(text, yaml.CSafeLoader))


@pytest.mark.parametrize("form", ["kyverno", "native"])
def test_a_rule_becomes_the_policies_that_were_read_before(form: str) -> None:
    # The catalogue's part on two images: what else it learns changes neither these files nor these answers.
    part = RULESET.catalog.select_part(
        ["qmcgaw/gluetun:v3.41.3", "ghcr.io/home-operations/qbittorrent:5.1.2"]
    )
    catalog = RULESET.catalog._replace(constant=part)
    (rule,) = (rule for rule in RULESET.rules if rule.id == "userspace-tailscale")
    for check in make_checks(rule, catalog, read_views(catalog)):
        if check.answer == "doubt":
            continue  # the same but for the condition
        made = (
            make_admission_policy(check, denies=True)
            if form == "native"
            else [make_validating_policy(check, denies=True)]
        )
        # A release changes the version and nothing else.
        text = dump_documents(made).replace(f"version: {__version__}", "version: VERSION")
        golden = GOLDEN / form / f"{check.name}.yaml"
        if os.environ.get("VPNLINT_UPDATE_GOLDEN"):
            golden.parent.mkdir(parents=True, exist_ok=True)
            golden.write_text(text, encoding="utf-8")
        assert text == golden.read_text(encoding="utf-8")


def test_a_bundle_is_four_policies_with_the_labels_of_the_others(tmp_path: Path) -> None:
    run = emit("kyverno", "--bundle", "-o", tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    names = ["vpnlint", "vpnlint-doubt", "vpnlint-helmrelease", "vpnlint-helmrelease-doubt"]
    written = {path.stem for path in tmp_path.iterdir()} - {"flux-reader", "kustomization"}
    assert sorted(written) == names
    for name in names:
        (policy,) = documents((tmp_path / f"{name}.yaml").read_text())
        assert policy["metadata"]["labels"] == {
            "app.kubernetes.io/part-of": "vpnlint",
            "app.kubernetes.io/version": __version__,
        }
        assert policy["spec"]["validationActions"] == ["Audit" if name.endswith("-doubt") else "Deny"]
        assert len(policy["spec"]["validations"]) == 1


def test_a_bundle_of_some_rules_speaks_of_these_only() -> None:
    run = emit("vap", "--bundle", "--only", "no-vpn", "--only", "client-before-vpn")
    assert run.returncode == 0
    for policy in documents(run.stdout):
        if policy["kind"] == "ValidatingAdmissionPolicy":
            found = {one["name"] for one in policy["spec"]["variables"] if one["name"].startswith("found_")}
            assert found == {"found_no_vpn", "found_client_before_vpn"}


@pytest.mark.parametrize("view", [POD_VIEW, RELEASE_VIEW], ids=lambda view: str(view.subject))
def test_each_rule_is_in_the_bundle_as_often_as_by_itself(view: View) -> None:
    checks = list(bundle_checks(RULESET.rules, RULESET.catalog, [view]))
    bundled = {
        rule.id: [check.answer for check in checks if find_variable(rule) in dict(check.variables)]
        for rule in RULESET.rules
    }
    assert bundled == {rule.id: list(list_answers(rule)) for rule in RULESET.rules}


def find_variable(rule: Rule) -> str:
    return f"found_{rule.id.replace('-', '_')}"


@pytest.mark.parametrize("rule", RULESET.rules, ids=lambda rule: rule.id)
def test_a_rule_has_policies_that_every_cluster_takes(rule: Rule) -> None:
    check_rule(rule)


def test_what_the_release_wrote_is_unchanged() -> None:
    assert (POLICIES / CHECKSUMS).read_text(encoding="utf-8") == checksums(POLICIES)
    versions = {path.read_text(encoding="utf-8").split("\n")[0] for path in POLICIES.rglob("*.yaml")}
    assert len(versions) == 1
    assert versions.pop().startswith("# Written by vpnlint ")


@pytest.mark.parametrize("form", FORMS)
def test_every_rule_has_policies_for_pods_and_for_helmreleases(form: str) -> None:
    """In one of two forms by each commit; in both by `make properties`."""
    names = set(policy_documents(emit_all(form))) - {"flux-reader"}
    wanted = {
        f"{rule.id}{view}{'' if answer == 'deny' else '-doubt'}"
        for rule in RULESET.rules
        for view in ("", "-helmrelease")
        for answer in ("deny", "doubt")
        if any(
            find_policy_answer(case.answer, case.severity) == answer
            for case in rule.cases
            if not case.surroundings
        )
    }
    assert names == wanted
    # What they say stands around a Pod, where the cluster sees nothing.
    assert {"unguarded-gateway", "service-port-not-opened-doubt"} & names == set()


def test_a_denial_denies_and_a_doubt_audits() -> None:
    run = emit("kyverno", "--only", "no-vpn")
    assert (run.returncode, run.stderr) == (0, "")
    found = {
        one["metadata"]["name"]: one for one in documents(run.stdout) if one["kind"] == "ValidatingPolicy"
    }
    actions = {name: one["spec"]["validationActions"] for name, one in found.items()}
    assert actions == {
        "no-vpn": ["Deny"],
        "no-vpn-doubt": ["Audit"],
        "no-vpn-helmrelease": ["Deny"],
        "no-vpn-helmrelease-doubt": ["Audit"],
    }
    assert found["no-vpn"]["spec"]["failurePolicy"] == "Fail"
    assert found["no-vpn-doubt"]["spec"]["failurePolicy"] == "Ignore"
    assert all(one["spec"]["evaluation"]["background"]["enabled"] for one in found.values())
    annotations = found["no-vpn-helmrelease"]["metadata"]["annotations"]
    assert annotations["policies.kyverno.io/subject"] == "HelmRelease"
    assert annotations["policies.kyverno.io/severity"] == "high"
    assert annotations["policies.kyverno.io/minversion"] == "1.17.0"
    assert annotations["vpnlint/documentation"].startswith("https://")


def test_auditing_refuses_nothing() -> None:
    kyverno = documents(emit("kyverno", "--only", "no-vpn", "--mode", "audit").stdout)
    assert {tuple(one["spec"]["validationActions"]) for one in kyverno if "spec" in one} == {("Audit",)}
    native = documents(emit("vap", "--only", "no-vpn", "--mode", "audit").stdout)
    bindings = [one for one in native if one["kind"].endswith("Binding")]
    assert {tuple(one["spec"]["validationActions"]) for one in bindings} == {("Warn", "Audit")}
    assert {one["spec"]["policyName"] for one in bindings} == {
        one["metadata"]["name"] for one in native if one not in bindings
    }


def test_a_clusterpolicy_says_that_it_is_deprecated() -> None:
    run = emit("kyverno", "--format", "clusterpolicy", "--only", "no-vpn")
    assert run.returncode == 0
    assert "deprecated since Kyverno 1.17" in run.stderr
    policy = documents(run.stdout)[1]
    assert (policy["apiVersion"], policy["kind"]) == ("kyverno.io/v1", "ClusterPolicy")
    assert "deprecated" in policy["metadata"]["annotations"]["vpnlint/deprecated"]
    assert "{{" not in run.stdout
    assert "$(" not in run.stdout


def test_the_folder_is_one_for_kustomize_and_for_kyverno_test(tmp_path: Path) -> None:
    rule = "vpn-on-host-network"  # one with few fixtures
    assert emit("kyverno", "--only", rule, "-o", tmp_path / "out").returncode == 0
    listed = documents((tmp_path / "out" / "kustomization.yaml").read_text())[0]["resources"]
    there = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.yaml")}
    suite = {f"tests/{rule}/kyverno-test.yaml", f"tests/{rule}/resources.yaml"}
    assert there == {*listed, "kustomization.yaml", *suite}
    again = tmp_path / "again"
    assert emit("kyverno", "--only", rule, "-o", again).returncode == 0
    for name in there:
        assert (again / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_kustomize_takes_the_folder() -> None:
    built = subprocess.run([ROOT / "tools" / "build", "--path"], capture_output=True, text=True, check=True)
    kustomize = shutil.which("kustomize") or f"{built.stdout.strip()}/kustomize"
    if not Path(kustomize).is_file():
        pytest.skip("no kustomize: `make tools` builds it")
    run = subprocess.run(
        [kustomize, "build", POLICIES / "kyverno"], capture_output=True, text=True, check=True
    )
    kinds = [one["kind"] for one in documents(run.stdout)]
    assert kinds.count("ClusterRole") == 1
    assert kinds.count("ValidatingPolicy") == len(kinds) - 1 > 20


def test_own_rules_are_emitted_with_the_tests_that_their_fixtures_make(tmp_path: Path) -> None:
    rules = own_rule(tmp_path, 'it.name == "bad"')
    fixtures = tmp_path / "fixtures" / "own-rule"
    fixtures.mkdir(parents=True)
    (fixtures / "fail.bad.yaml").write_text(POD.format(name="bad"))
    (fixtures / "pass.good.yaml").write_text(POD.format(name="good"))
    out = tmp_path / "out"
    run = emit("kyverno", "--rules", rules, "--only", "own-rule", "-o", out)
    assert (run.returncode, run.stderr) == (0, "")
    test = documents((out / "tests" / "own-rule" / "kyverno-test.yaml").read_text())[0]
    expected = {(result["policy"], *result["resources"], result["result"]) for result in test["results"]}
    assert expected == {("own-rule", "fail-bad", "fail"), ("own-rule", "pass-good", "pass")}


@pytest.mark.parametrize(
    ("deny", "column", "problem"),
    [
        ("'it.name in [\"a\", 1]'", 23, "of one type"),
        ('\'{"a": 1, "b": true}.a == 1\'', 12, "of one type"),
    ],
)
def test_cel_that_the_api_server_refuses_is_refused_at_its_place(
    deny: str, column: int, problem: str, tmp_path: Path
) -> None:
    rules = own_rule(tmp_path, deny)
    out = tmp_path / "out"
    run = emit("vap", "--rules", rules, "-o", out)
    assert run.returncode == 2
    assert run.stderr.startswith(f"{rules / 'own.yaml'}:6:{column}: "), run.stderr
    assert "the cluster would refuse this" in run.stderr
    assert problem in run.stderr
    assert not out.exists()


def test_an_id_that_is_no_name_in_kubernetes_is_refused(tmp_path: Path) -> None:
    rules = own_rule(tmp_path, "true", identifier="Own_Rule")
    run = emit("kyverno", "--rules", rules)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith(f"{rules / 'own.yaml'}:1:5: ")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("vap", "--kubernetes", "1.29"), "Kubernetes 1.29 has no ValidatingAdmissionPolicy v1"),
        (("vap", "--kubernetes", "new"), "'new' is not a version"),
        (("vap", "--format", "clusterpolicy"), "--format is for Kyverno"),
        (("kyverno", "--bundle", "--exceptions", "."), "--exceptions apply to policies of single rules"),
        (("kyverno", "--only", "no-vnp"), "did you mean no-vpn?"),
    ],
)
def test_what_cannot_be_emitted_is_said(arguments: tuple[str, ...], problem: str) -> None:
    run = emit(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert problem in run.stderr


def test_a_cluster_that_takes_them_is_no_problem() -> None:
    assert emit("vap", "--kubernetes", "v1.30.4", "--only", "no-vpn").returncode == 0
