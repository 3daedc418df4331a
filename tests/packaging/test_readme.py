"""README.md, CONTRIBUTING.md and docs/living-with-vpnlint.md against what they speak of: commands, rules,
hooks, the action, the configuration, the numbers.

With VPNLINT_UPDATE_GOLDEN set, what the commands print is written into README.md instead of compared.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import libyaml
from tests.checkout import ROOT
from vpnlint import __version__
from vpnlint.config.config_file import read_configuration
from vpnlint.config.configuration import CONFIGURATION_FILE

README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
LIVING = ROOT / "docs" / "living-with-vpnlint.md"
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
YAML = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def readme() -> str:
    return README.read_text(encoding="utf-8")


def output(command: str) -> str:
    """Return what a shell command prints in the checkout, as a user without a terminal sees it."""
    hidden = ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "COLUMNS", "PYTHONWARNINGS")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=ROOT,
        env=environment,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return done.stdout


def settle(old: str, new: str) -> None:
    """Compare a part of README.md with what it should be, or put it right."""
    if os.environ.get("VPNLINT_UPDATE_GOLDEN"):
        README.write_text(readme().replace(old, new, 1), encoding="utf-8")
    else:
        assert old == new


def section(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n.*?<!-- /{name} -->", readme(), re.DOTALL)
    assert found is not None
    return found[0]


def test_the_demo_prints_what_readme_shows() -> None:
    (shown,) = [block for block in CONSOLE.findall(readme()) if block.startswith("$ make demo\n")]
    settle(f"```console\n{shown}```", f"```console\n$ make demo\n{output('make demo')}```")


def test_other_blocks_show_no_output() -> None:
    blocks = [block for block in CONSOLE.findall(readme()) if not block.startswith("$ make demo\n")]
    assert blocks
    for line in (line for block in blocks for line in block.splitlines()):
        assert line.startswith("$ ")


@pytest.mark.parametrize("document", [README, CONTRIBUTING], ids=lambda path: path.name)
def test_each_make_target_is_there(document: Path) -> None:
    named = set(re.findall(r"(?:`|\$ )make ([a-z]+)", document.read_text(encoding="utf-8")))
    assert named
    for target in sorted(named):
        assert output(f"make --dry-run {target} > /dev/null") == ""


@pytest.mark.parametrize("document", [README, CONTRIBUTING], ids=lambda path: path.name)
def test_each_link_into_the_repository_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert links
    for link in links:
        assert (ROOT / link).exists(), link


def test_continuous_integration_runs_the_test_command() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    extraction = re.search(r"^command=\$\((awk .*)\)$", script, re.MULTILINE)
    assert extraction is not None
    assert output(extraction[1]) == "make test\n"


def test_the_rules_are_those_of_vpnlint() -> None:
    rules = json.loads(output("vpnlint rules --format json"))["rules"]
    lines = ["<!-- rules -->", "| rule | severity | what it finds |", "|---|---|---|"]
    lines += [f"| `{rule['id']}` | {rule['severity']} | {rule['summary']} |" for rule in rules]
    settle(section("rules"), "\n".join([*lines, "<!-- /rules -->"]))


def test_the_numbers_are_those_that_were_measured() -> None:
    measured = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    table = re.search(r"^## Targets\n\n((?:\|.*\n)+)", measured, re.MULTILINE)
    assert table is not None
    settle(section("speed"), f"<!-- speed -->\n{table[1]}<!-- /speed -->")


def test_what_the_lab_measured_is_what_its_page_says() -> None:
    lab = (ROOT / "docs" / "lab.md").read_text(encoding="utf-8")
    measured = re.search(r"^\| scenarios measured \| (\d+) \|$", lab, re.MULTILINE)
    assert measured is not None
    assert f"{int(measured[1]):,} scenarios measured" in readme()
    assert "| predicted wrong | 0 |" in lab


def snippet(key: str) -> list[dict[str, Any]]:
    (found,) = [value for text in YAML.findall(readme()) if key in (value := libyaml.load(text))]
    entries: list[dict[str, Any]] = found[key]
    return entries


def test_the_pre_commit_snippet_names_a_hook_and_this_version() -> None:
    hooks = libyaml.load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (repository,) = snippet("repos")
    assert repository["rev"] == f"v{__version__}"
    assert {hook["id"] for hook in repository["hooks"]} <= {hook["id"] for hook in hooks}


def test_the_action_snippet_gives_inputs_that_the_action_has() -> None:
    action = libyaml.load((ROOT / "action.yml").read_text(encoding="utf-8"))
    step = snippet("steps")[-1]
    assert step["uses"].endswith(f"@v{__version__}")
    assert step["with"].keys() <= action["inputs"].keys()
    assert step["with"]["fail-on"] in output("vpnlint check --help")


def test_the_configuration_is_one(tmp_path: Path) -> None:
    page = LIVING.read_text(encoding="utf-8")
    (text,) = [text for text in YAML.findall(page) if "fail-on" in libyaml.load(text)]
    (tmp_path / CONFIGURATION_FILE).write_text(text, encoding="utf-8")
    configuration, problems = read_configuration(tmp_path / CONFIGURATION_FILE)
    assert problems == ()
    assert (len(configuration.egress), len(configuration.ignores)) == (1, 1)


def test_the_comment_ignores_its_finding(tmp_path: Path) -> None:
    page = LIVING.read_text(encoding="utf-8")
    (text,) = [text for text in YAML.findall(page) if "containers" in libyaml.load(text)]
    image = "    image: ghcr.io/home-operations/qbittorrent:5.1.2\n"
    spec = "".join(f"  {line}\n" for line in (text + image).splitlines())
    file = tmp_path / "pod.yaml"
    file.write_text(
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: qbittorrent}}\nspec:\n{spec}", encoding="utf-8"
    )
    report = json.loads(output(f"vpnlint check --format json {file}"))
    assert [item["rule"] for item in report["ignored"]] == ["no-vpn"]
    assert str(report["ignored"][0]["until"]) in text and report["ignored"][0]["reason"] in text


def test_the_rule_in_contributing_finds_what_its_manifest_is_for(tmp_path: Path) -> None:
    rule, manifest = YAML.findall(CONTRIBUTING.read_text(encoding="utf-8"))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text(rule, encoding="utf-8")
    file = tmp_path / "qbittorrent.yaml"
    for text, answers in (
        (manifest, ["deny"]),
        (manifest.replace("privileged: true", "privileged: false"), []),
    ):
        file.write_text(text, encoding="utf-8")
        report = json.loads(
            output(f"vpnlint check --doubts --rules {tmp_path / 'rules'} --format json {file}")
        )
        found = [finding for finding in report["findings"] if finding["rule"] == libyaml.load(rule)["id"]]
        assert [finding["answer"] for finding in found] == answers
        for finding in found:
            assert text.splitlines()[finding["line"] - 1].strip() == "privileged: true"
