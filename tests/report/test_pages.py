"""Where reports lead: the pages about rules, below the project's address or another one."""

from __future__ import annotations

import json
from email.message import Message
from pathlib import Path

import pytest

from tests.checkout import FIXTURES
from vpnlint.cli import main
from vpnlint.report.pages import find_home_page, find_rule_page
from vpnlint.ruleset.ruleset import load_rules

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
    shipped = next(rule for rule in load_rules().rules if rule.id == "no-vpn")
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
    assert f'href="{base}/rules/no-vpn/"' in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert main(["explain", "no-vpn", *option]) == 0
    assert f"\nPage\n  {base}/rules/no-vpn/\n" in capsys.readouterr().out


def test_an_address_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".vpnlint.yaml").write_text("docs: javascript:alert(1)\n", encoding="utf-8")
    assert main(["explain", "no-vpn"]) == 2
    assert ".vpnlint.yaml:1:7: docs is an address such as " in capsys.readouterr().err
