"""`make release`: what it writes into a copy of the checkout, and what the programs that build make of it."""

from __future__ import annotations

import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests import libyaml
from tests.git import copy_checkout, git
from tools.release import CHECKSUMS, ReleaseError, release
from vpnlint import __version__


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
