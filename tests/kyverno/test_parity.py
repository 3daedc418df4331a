"""The real Kyverno CLI gives every rule's fixtures the answers that vpnlint gives."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from vpnlint.check import applied, check
from vpnlint.kyverno.policy import policies
from vpnlint.programs import read_view
from vpnlint.rules import Rule
from vpnlint.ruleset import load

ROOT = Path(__file__).parents[2]
RULESET = load()
_FAILED = re.compile(r"policy (\S+) -> resource \S+/(\S+) failed")


@pytest.fixture(scope="session")
def kyverno() -> str:
    """The CLI on PATH, or the one that `make tools` built."""
    built = subprocess.run([ROOT / "tools" / "build", "--path"], capture_output=True, text=True, check=True)
    command = shutil.which("kubectl-kyverno") or Path(built.stdout.strip(), "kubectl-kyverno")
    if not Path(command).is_file():
        pytest.skip("no Kyverno CLI: `make tools` builds it")
    return str(command)


@pytest.mark.parametrize("rule", RULESET.rules, ids=lambda rule: rule.id)
def test_kyverno_answers_as_vpnlint_does(rule: Rule, kyverno: str, tmp_path: Path) -> None:
    """Each Pod of the rule's fixtures is refused, audited or admitted by both."""
    identifier = rule.id
    (tmp_path / "policies").mkdir()
    resources = tmp_path / "resources"
    resources.mkdir()
    images: list[str] = []
    for number, workload in enumerate(
        workload for workload, _ in applied([str(ROOT / "fixtures" / identifier)])[0]
    ):
        if workload.object is not None:
            plain = workload.object.plain()
            plain["metadata"] = {**plain["metadata"], "name": f"w{number}", "namespace": "default"}
            (resources / f"w{number}.yaml").write_text(yaml.safe_dump(plain))
            images += [image.text for node in workload.containers if (image := node.get("image")) is not None]
    # The CLI compiles each policy anew for each resource, and the whole catalogue takes it a third of a second;
    # one rule keeps it, so that the policies as they are emitted are tried, too.
    whole = identifier == "no-vpn"
    catalog = RULESET.catalog if whole else replace(RULESET.catalog, constant=RULESET.catalog.part(images))
    for policy in policies(rule, catalog, read_view()):
        (tmp_path / "policies" / f"{policy['metadata']['name']}.yaml").write_text(yaml.safe_dump(policy))
    ours = {
        (
            finding.rule if finding.answer == "deny" else f"{finding.rule}-doubt",
            finding.workload.rpartition("/")[2],
        )
        for finding in check([str(resources)], RULESET).findings
        if finding.rule == identifier
    }
    run = subprocess.run(
        [kyverno, "apply", tmp_path / "policies", "--resource", resources],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "error: 0" in run.stdout, run.stdout + run.stderr
    assert set(_FAILED.findall(run.stdout)) == ours
    # A rule about what stands around a Pod can only doubt where the Pod is seen alone.
    assert any(name in (identifier, f"{identifier}-doubt") for name, _ in ours)
