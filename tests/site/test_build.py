"""The whole site, built as `make docs` builds it: no page is missing, and no link leads to nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT


def build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder), *options]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONWARNINGS": ""}
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_built(site: Path) -> None:
    for page in (
        "",
        "rules/no-vpn",
        "programs/gluetun",
        "matrix",
        "rule-fields",
        "guides",
        "lab",
        "decisions",
    ):
        assert (site / page / "index.html").is_file()


def test_the_pages_load_nothing_from_elsewhere(site: Path) -> None:
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "fonts.googleapis.com" not in page
    assert 'src="https://' not in page and '<link rel="stylesheet" href="https://' not in page


def test_rules_and_programs_are_in_the_navigation(site: Path) -> None:
    page = (site / "rules" / "index.html").read_text(encoding="utf-8")
    assert 'href="no-vpn/"' in page
    assert 'href="../programs/' in page
