"""Where reports lead: the pages about rules, below the project's address or another one."""

from __future__ import annotations

import json
import re
import tomllib
from email.message import Message
from pathlib import Path

import pytest

from tests.checkout import FIXTURES, ROOT, RULES
from tests.shipped import RULESET
from vpnlint.cli import main
from vpnlint.report.pages import (
    find_evidence_file,
    find_evidence_page,
    find_home_page,
    find_rule_page,
    make_anchor,
)
from vpnlint.ruleset.ruleset import load_rules


def measurements() -> set[str]:
    """Return what the rules and the matrix cite."""
    data = [*RULES.glob("*.yaml"), *(RULES / "catalog").glob("*.yaml")]
    texts = "".join(file.read_text(encoding="utf-8") for file in data)
    return set(re.findall(r"\b(?:lab|measured)/[a-z0-9-]+(?=[,\s}\]\"'])", texts)) - {"lab/scenarios"}


UNSAFE = str(FIXTURES / "no-vpn" / "fail.helmrelease.yaml")


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the package's metadata name a homepage, as a published one's does."""
    metadata = Message()
    metadata["Project-URL"] = "Source, https://code.example/vpnlint"
    metadata["Project-URL"] = "Homepage, https://vpnlint.example"
    monkeypatch.setattr("importlib.metadata.metadata", lambda name: metadata)


@pytest.mark.usefixtures("published")
def test_the_address_is_the_homepage_of_the_package() -> None:
    assert find_home_page() == "https://vpnlint.example"


def test_a_rule_of_the_users_own_has_no_page(tmp_path: Path) -> None:
    shipped = next(rule for rule in RULESET.rules if rule.id == "no-vpn")
    assert find_rule_page("https://a.example/x/", shipped) == "https://a.example/x/rules/no-vpn/"
    assert find_rule_page("", shipped) == ""
    text = Path(shipped.source.file).read_text(encoding="utf-8").replace("id: no-vpn", "id: own-rule")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    own = next(rule for rule in load_rules([tmp_path]).rules if rule.id == "own-rule")
    assert find_rule_page("https://a.example", own) == ""


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("option", "configuration", "base"),
    [
        ([], "", "https://vpnlint.example"),
        ([], "docs: https://home.example/docs\n", "https://home.example/docs"),
        (["--docs", "https://option.example/"], "docs: https://home.example\n", "https://option.example"),
    ],
)
def test_sarif_the_page_and_explain_lead_there(
    option: list[str],
    configuration: str,
    base: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    if configuration:
        (tmp_path / ".vpnlint.yaml").write_text(configuration, encoding="utf-8")
    file = tmp_path / "release.yaml"
    file.write_text(Path(UNSAFE).read_text(encoding="utf-8"), encoding="utf-8")
    assert main(["check", "--format", "sarif", "--output", "html=page.html", *option, str(file)]) == 1
    rules = json.loads(capsys.readouterr().out)["runs"][0]["tool"]["driver"]["rules"]
    assert {rule["helpUri"] for rule in rules} == {f"{base}/rules/{rule['id']}/" for rule in rules}
    texts = {rule["id"]: rule["help"]["markdown"] for rule in rules}
    assert f"- [lab/wireguard-none]({base}/lab/#labwireguard-none)\n" in f"{texts['no-vpn']}\n"
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert f'href="{base}/rules/no-vpn/"' in page
    # The matrix's page is the same.
    assert main(["matrix", "--output", "html=matrix.html", *option, str(file)]) == 0
    assert (tmp_path / "matrix.html").read_text(encoding="utf-8") == page
    capsys.readouterr()
    assert main(["explain", "no-vpn", *option]) == 0
    said = capsys.readouterr().out
    assert f"\nPage\n  {base}/rules/no-vpn/\n" in said
    assert f"  lab/wireguard-none {base}/lab/#labwireguard-none\n" in said


def test_an_address_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".vpnlint.yaml").write_text("docs: javascript:alert(1)\n", encoding="utf-8")
    assert main(["explain", "no-vpn"]) == 2
    assert ".vpnlint.yaml:1:7: docs must be an address such as " in capsys.readouterr().err
    for command in (["explain", "no-vpn"], ["check"], ["matrix"]):
        with pytest.raises(SystemExit) as ended:
            main([*command, "--docs", "javascript:alert(1)"])
        assert ended.value.code == 2
        assert "'javascript:alert(1)' is no address such as https://" in capsys.readouterr().err


def test_no_address_is_made_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody knows yet where the project will be: until then nothing links to a page of it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert all(address.startswith("https://") for address in project.get("urls", {}).values())
    if project.get("urls"):
        return
    monkeypatch.chdir(tmp_path)
    assert main(["explain", "no-vpn"]) == 0
    assert "\nPage\n" not in capsys.readouterr().out
    assert main(["check", "--format", "sarif", UNSAFE]) == 1
    rules = json.loads(capsys.readouterr().out)["runs"][0]["tool"]["driver"]["rules"]
    references = {rule.id: rule.references for rule in RULESET.described_rules}
    assert all(rule["helpUri"] in references[rule["id"]] for rule in rules if "helpUri" in rule)


def test_a_measurement_is_a_section_of_the_lab_s_page() -> None:
    cited = "lab/dns (5.1.2)"
    assert find_evidence_page("https://a.example/x/", cited) == "https://a.example/x/lab/#labdns"
    assert find_evidence_page("", cited) == ""
    assert find_evidence_page("https://a.example", "our own test of March") == ""
    assert find_evidence_file(cited) == "docs/evidence/lab/dns.json"
    assert find_evidence_file("measured/gluetun-server-dead") == "docs/measured/gluetun.json"
    assert find_evidence_file("javascript:alert(1)") == ""


@pytest.mark.parametrize("name", sorted(measurements()))
def test_each_measurement_has_a_file_and_a_section(name: str) -> None:
    assert (ROOT / find_evidence_file(name)).is_file()
    text = (ROOT / "docs" / "lab.md").read_text(encoding="utf-8")
    assert f"\n### {name}\n" in text or f'<a id="{make_anchor(name)}"></a>' in text
