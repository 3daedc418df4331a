"""The hooks of .pre-commit-hooks.yaml, run by the real pre-commit from the wheel that it builds itself."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import ROOT
from tests.git import commit, copy_checkout, git
from tests.manifests import UNGUARDED
from tests.oracles.packaging.package_index import need_package_index

GOOD = (
    UNGUARDED
    + """\
      initContainers:
        - name: gluetun
          image: ghcr.io/qdm12/gluetun:v3.40.0
          restartPolicy: Always
          securityContext:
            privileged: true
"""
)
HOOKS = "[{id: vpnlint}, {id: vpnlint-repo}]"
UNRELATED = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: unrelated\n"


def environment() -> dict[str, str]:
    """Return the process's environment without what a git hook, the user's git or pre-commit's user would add
    to it."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PRE_COMMIT"))
    }
    inherited.pop("SKIP", None)
    return {**inherited, "GIT_CONFIG_GLOBAL": os.devnull, "PRE_COMMIT_COLOR": "never"}


def lay_out(folder: Path, files: dict[str, str]) -> Path:
    """Return a repository in the folder with these files, committed."""
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    commit(folder)
    return folder


@pytest.fixture(scope="module")
def vpnlint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a git repository with the checkout as it stands, committed or not."""
    need_package_index()
    return copy_checkout(tmp_path_factory.mktemp("vpnlint"))


@pytest.fixture(scope="module")
def configuration(vpnlint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a configuration with both hooks; its folder is also where pre-commit keeps what it installs."""
    revision = git(vpnlint, "rev-parse", "HEAD").strip()
    file = tmp_path_factory.mktemp("pre-commit") / "config.yaml"
    file.write_text(f"repos: [{{repo: '{vpnlint}', rev: {revision}, hooks: {HOOKS}}}]\n", encoding="utf-8")
    return file


def pre_commit(repository: Path, *arguments: str, home: Path) -> tuple[int, list[str]]:
    """Run pre-commit in a repository; return its exit code and what each of the hooks had to say."""
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments],
        cwd=repository,
        env={**environment(), "PRE_COMMIT_HOME": str(home)},
        check=False,
        capture_output=True,
        text=True,
    )
    parts = re.split(r"^(?=vpnlint\b.*\.{9})", done.stdout, flags=re.MULTILINE)
    assert len(parts) > 1, done.stdout + done.stderr
    return done.returncode, parts[1:]


def run(repository: Path, configuration: Path, *arguments: str) -> tuple[int, str, str]:
    command = ("run", "--config", str(configuration), "--verbose", *arguments)
    code, (by_file, whole) = pre_commit(repository, *command, home=configuration.parent)
    return code, by_file, whole


def test_each_hook_finds_a_client_without_vpn(configuration: Path, tmp_path: Path) -> None:
    bad = lay_out(tmp_path / "bad", {"qbittorrent.yaml": UNGUARDED, "README.md": "none"})
    every = tmp_path / "every.yaml"
    text = configuration.read_text(encoding="utf-8")
    every.write_text(text.replace(HOOKS, HOOKS[:-1] + ", {id: vpnlint-fix}]"), encoding="utf-8")
    command = ("run", "--config", str(every), "--all-files", "--verbose")
    code, hooks = pre_commit(bad, *command, home=configuration.parent)
    assert code == 1
    assert len(hooks) == 3
    for output in hooks:
        assert "Failed" in output
        assert "- exit code: 1\n" in output
        assert "\nqbittorrent.yaml:" in output
        assert "  rule: no-vpn (" in output
        assert "\x1b" not in output


def test_a_good_repository_passes_both(configuration: Path, tmp_path: Path) -> None:
    good = lay_out(tmp_path / "good", {"qbittorrent.yaml": GOOD, "unrelated.yaml": UNRELATED})
    code, by_file, whole = run(good, configuration, "--all-files")
    assert code == 0, by_file + whole
    assert "Passed" in by_file
    assert "Passed" in whole


def test_only_the_second_hook_reads_files_that_did_not_change(configuration: Path, tmp_path: Path) -> None:
    repository = lay_out(tmp_path / "bad", {"qbittorrent.yaml": UNGUARDED})
    (repository / "unrelated.yaml").write_text(UNRELATED, encoding="utf-8")
    git(repository, "add", "unrelated.yaml")
    code, by_file, whole = run(repository, configuration)
    assert code == 1
    assert "Passed" in by_file
    assert "- exit code: 1\n" in whole
    assert "  rule: no-vpn (" in whole


def test_the_third_hook_mends_and_says_that_it_changed_a_file(configuration: Path, tmp_path: Path) -> None:
    fixture = (ROOT / "fixtures/userspace-tailscale" / "fail.no.yaml").read_text(encoding="utf-8")
    repository = lay_out(tmp_path / "bad", {"client.yaml": fixture})
    only_fix = tmp_path / "fix.yaml"
    text = configuration.read_text(encoding="utf-8")
    only_fix.write_text(text.replace(HOOKS, "[{id: vpnlint-fix}]"), encoding="utf-8")
    arguments = ("run", "--config", str(only_fix), "--all-files", "--verbose")
    code, (output,) = pre_commit(repository, *arguments, home=configuration.parent)
    assert code == 1
    assert "- files were modified by this hook\n" in output
    assert 'value: "false"' in (repository / "client.yaml").read_text(encoding="utf-8")
    git(repository, "add", "--all")
    _, (again,) = pre_commit(repository, *arguments, home=configuration.parent)
    assert "files were modified" not in again


def test_neither_runs_where_no_yaml_changed(configuration: Path, tmp_path: Path) -> None:
    repository = lay_out(tmp_path / "bad", {"qbittorrent.yaml": UNGUARDED})
    (repository / "notes.txt").write_text("none", encoding="utf-8")
    git(repository, "add", "notes.txt")
    code, by_file, whole = run(repository, configuration)
    assert code == 0
    assert "(no files to check)Skipped" in by_file
    assert "(no files to check)Skipped" in whole


def test_prek_runs_the_same_hooks(configuration: Path, tmp_path: Path) -> None:
    bad = lay_out(tmp_path / "bad", {"qbittorrent.yaml": UNGUARDED})
    done = subprocess.run(
        [Path(sys.executable).parent / "prek", "run", "--config", configuration, "--all-files", "--verbose"],
        cwd=bad,
        env={**environment(), "PREK_HOME": str(tmp_path / "prek"), "PREK_COLOR": "never"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout.count("exit code: 1") == 2, done.stdout + done.stderr
    assert done.stdout.count("rule: no-vpn (Deployment qbittorrent)") == 2
    assert "\x1b" not in done.stdout
