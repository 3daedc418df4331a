"""The pages that are made: one a rule and a program, the matrix by set-up, the picture of README."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mkdocs.exceptions import PluginError

from tests.checkout import FIXTURES, ROOT
from tests.shipped import RULESET
from tools.picture import draw_picture
from tools.site.hooks import make_pages
from tools.site.links import convert_links
from tools.site.matrix import make_matrix_page
from tools.site.programs import describe_versions, make_program_pages
from tools.site.rules import link_evidence
from vpnlint.ruleset.data_file import find_shipped_folder, read_data_files
from vpnlint.ruleset.defences import read_defences


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return make_pages()


def test_every_rule_has_a_page_that_says_all_of_it(pages: dict[str, str]) -> None:
    for rule in RULESET.described_rules:
        page = pages[f"rules/{rule.id}.md"]
        assert page.startswith(f"# {rule.id}\n")
        assert rule.why in page and rule.summary in page
        assert page.count("\n- **") == len(rule.cases)
        for reference in rule.references:
            assert reference in page
        for evidence in rule.evidence:
            assert link_evidence(evidence, "../") in page
        for kind in ("pass", "fail", "fixed", "doubt"):
            for file in FIXTURES.glob(f"{rule.id}/{kind}.*.yaml"):
                assert f'title="{file.name}"' in page
        assert f"[`{rule.id}`]({rule.id}.md)" in pages["rules/index.md"]


def test_an_example_shows_what_vpnlint_printed_of_it(pages: dict[str, str]) -> None:
    page = pages["rules/no-vpn.md"]
    printed = (FIXTURES / "no-vpn" / "fail.helmrelease.out").read_text(encoding="utf-8")
    assert "".join(f"    {line}\n" if line else "\n" for line in printed.splitlines()) in page
    assert page.index("### Unsafe") < page.index("### Safe")


def test_every_program_has_a_page_with_its_images_and_settings() -> None:
    pages = make_program_pages()
    programs = [
        source.root
        for source in read_data_files(find_shipped_folder() / "catalog")
        if "software" in source.root.map
    ]
    assert len(pages) == len(programs) + 1
    for program in programs:
        page = pages[f"programs/{program.map['software'].text}.md"]
        for image in program.map["images"].map:
            assert f"`{image}`" in page
        for setting in program.map["settings"].map if "settings" in program.map else ():
            assert f"### `{setting}`\n" in page


def test_versions_are_said_in_words() -> None:
    assert describe_versions([]) == "no version"
    assert describe_versions([{}]) == "every version"
    assert describe_versions([{"from": "3.39.0"}]) == "from 3.39.0"
    told = describe_versions([{"image": "a/b", "from": "1.0.0", "below": "2.0.0"}, {"below": "3"}])
    assert told == "`a/b` from 1.0.0 below 2.0.0; below 3"


def test_each_verdict_by_set_up_leads_to_its_measurement() -> None:
    page = make_matrix_page()
    assert "## Gluetun\n" in page and "## Tailscale with an exit node\n" in page and "## No VPN\n" in page
    # What is not measured has no table, and every heading is written for people.
    assert "outside |" not in page and "SOCKS5" not in page
    defences = read_defences()
    for layer in (*defences.tunnels, *defences.resolvers):
        assert layer.title, layer.id
    lab = (ROOT / "docs" / "lab.md").read_text(encoding="utf-8")
    anchors = {heading.replace("/", "") for heading in re.findall(r"^### (lab/[\w-]+)$", lab, re.MULTILINE)}
    anchors |= set(re.findall(r'<a id="([\w-]+)"></a>', lab))
    led = set(re.findall(r"\(lab\.md#([\w-]+)\)", page))
    assert len(led) > 20 and led <= anchors
    assert not re.search(r"\| (\*\*LEAK\*\*|tunnel|blocked)( \(\w+\))? \|", page)


@pytest.mark.parametrize(
    ("target", "converted"),
    [
        ("docs/lab.md#run-it", "[x](lab.md#run-it)"),
        ("CONTRIBUTING.md", "[x](contributing.md)"),
        ("rules/no-vpn.yaml", "[x](https://code/tree/HEAD/rules/no-vpn.yaml)"),
        ("https://kubernetes.io", "[x](https://kubernetes.io)"),
        ("#rules", "[x](#rules)"),
    ],
)
def test_links_of_the_repository_become_those_of_the_site(target: str, converted: str) -> None:
    assert convert_links(f"[x]({target})", "index.md", "README.md", "https://code") == converted


def test_a_link_from_a_folder_of_docs_finds_its_way() -> None:
    text = "[policies](../../policies), [lab](../lab.md)\n\n```yaml\n[a](b)\n```\n"
    told = convert_links(text, "guides/index.md", "docs/guides/index.md", "")
    assert told == "policies, [lab](../lab.md)\n\n```yaml\n[a](b)\n```\n"


def test_a_link_that_leads_to_nothing_is_an_error() -> None:
    with pytest.raises(PluginError, match="leads to nothing"):
        convert_links("[x](gone.md)", "index.md", "README.md", "")


def test_the_picture_is_of_what_vpnlint_prints_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    file = ROOT / "docs" / "vpnlint.svg"
    text = file.read_text(encoding="utf-8")
    assert text == draw_picture(), "make docs"
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace(
        "https://www.textualize.io", ""
    )
    assert "client-before-vpn" in text


def test_the_fields_for_authors_of_rules_are_on_the_site() -> None:
    assert "rule-fields.md" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert Path(ROOT / "docs" / "rule-fields.md").is_file()
