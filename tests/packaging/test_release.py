"""`make release`: what it refuses, and what it writes into a copy of the checkout."""

from __future__ import annotations

import re
import subprocess
import tarfile
import zipfile
from datetime import date
from pathlib import Path

import pytest

from tests import libyaml
from tests.commands.git import copy_checkout, git
from tools.release import CHECKSUMS, ReleaseError, check_version, close_section, release
from vpnlint import __version__

CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- A rule.

## [0.1.0] - 2026-01-01

- Everything.
"""


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.2", "is not a version"),
        ("v1.2.3", "is not a version"),
        ("01.2.3", "is not a version"),
        ("0.1.0", "has a section for 0.1.0 already"),
        ("0.0.9", "is before 0.1.0"),
    ],
)
def test_a_version_that_cannot_follow_is_refused(version: str, reason: str) -> None:
    with pytest.raises(ReleaseError, match=reason):
        check_version(version, "0.1.0", CHANGELOG)
    check_version("0.10.0", "0.9.0", CHANGELOG)


def test_the_changelog_gets_a_section_with_the_day() -> None:
    closed = close_section(CHANGELOG, "0.2.0", date(2026, 2, 3))
    assert closed == CHANGELOG.replace("[Unreleased]\n", "[Unreleased]\n\n## [0.2.0] - 2026-02-03\n")
    with pytest.raises(ReleaseError, match="lists nothing"):
        close_section(closed, "0.3.0", date(2026, 2, 4))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of git's with this checkout as it stands."""
    return copy_checkout(tmp_path_factory.mktemp("release"))


def test_a_release_holds_one_version_everywhere(copy: Path) -> None:
    major = int(__version__.split(".")[0]) + 1
    version = f"{major}.0.0"
    wheel, sdist = sorted(release(copy, version, only=["no-vpn"]), key=lambda path: path.suffix, reverse=True)
    assert {wheel.name, sdist.name} == {f"vpnlint-{version}-py3-none-any.whl", f"vpnlint-{version}.tar.gz"}
    with zipfile.ZipFile(wheel) as archive:
        assert f"vpnlint-{version}.dist-info/METADATA" in archive.namelist()
    with tarfile.open(sdist) as archive:
        assert f"vpnlint-{version}/rules/no-vpn.yaml" in archive.getnames()
    readme = (copy / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"rev: v(\S+)|OWNER/vpnlint@v(\S+)", readme)) == {(version, ""), ("", version)}
    assert f"\n## [{version}] - " in (copy / "CHANGELOG.md").read_text(encoding="utf-8")
    policies = copy / "policies"
    subprocess.run(["sha256sum", "--check", "--quiet", CHECKSUMS], cwd=policies, check=True)
    for name in ("kyverno/no-vpn.yaml", "native/no-vpn.yaml", "kyverno/kustomization.yaml"):
        text = (policies / name).read_text(encoding="utf-8")
        assert text.startswith(f"# Written by vpnlint {version} ")
        assert list(libyaml.load_all(text))
    changed = git(copy, "status", "--porcelain", "--untracked-files=no", "--", ":!policies").split()[1::2]
    templates = [f"docs/ci/{name}.yml" for name in ("forgejo", "github", "gitlab-ci", "woodpecker")]
    assert changed == ["CHANGELOG.md", "README.md", *templates, "vpnlint/__init__.py"]
    with pytest.raises(ReleaseError, match="has changes"):
        release(copy, f"{major}.0.1")
