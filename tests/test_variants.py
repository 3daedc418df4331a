"""Small repositories, each with a mistake or without one in a form of its own (tests/cases/variants).

What is found is what was expected before vpnlint was asked.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.results.finding import Finding
from vpnlint.ruleset.ruleset import Ruleset

DIGEST = "sha256:" + "ab" * 32
SHORT = {
    "@@DG": DIGEST,
    "@@QB": f"ghcr.io/home-operations/qbittorrent:5.2.3@{DIGEST}",
    "@@GL": f"ghcr.io/qdm12/gluetun:v3.41.3@{DIGEST}",
    "@@TS": f"ghcr.io/tailscale/tailscale:v1.102.3@{DIGEST}",
}
# What may be said of each and is not repeated.
EVERYWHERE = "doubt wireguard-rule-left"


def read_variants() -> dict[str, str]:
    """Return each variant's text by `name: what is expected`."""
    found = {}
    for path in sorted((ROOT / "tests/cases/variants").glob("*.txt")):
        for part in re.split(r"(?m)^#### ", path.read_text(encoding="utf-8"))[1:]:
            head, _, body = part.partition("\n")
            found[head] = body
    return found


VARIANTS = read_variants()


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return RULESET


def write_repository(root: Path, body: str) -> None:
    """Write the files of a variant, each below a line `## PATH`."""
    (root / ".git").mkdir()
    for part in re.split(r"(?m)^## ", body)[1:]:
        name, _, text = part.partition("\n")
        for word, meaning in SHORT.items():
            text = text.replace(word, meaning)
        path = root / name.strip()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def words(finding: Finding) -> str:
    return f"{finding.severity if finding.answer == 'deny' else 'doubt'} {finding.rule}"


@pytest.mark.parametrize("head", VARIANTS, ids=lambda head: head.partition(":")[0])
def test_a_variant(head: str, ruleset: Ruleset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_repository(tmp_path, VARIANTS[head])
    wanted = sorted(word.strip() for word in head.partition(":")[2].split(",") if word.strip())
    result = check(["."], ruleset)
    said = map(words, result.findings)
    found = [
        word for word in said if word != EVERYWHERE and (not word.startswith("notice ") or word in wanted)
    ]
    found += ["unknown" for workload in result.workloads if workload.reason]
    found += ["not-judged" for _ in result.not_judged]
    assert [str(problem) for problem in result.problems] == []
    assert sorted(found) == wanted
