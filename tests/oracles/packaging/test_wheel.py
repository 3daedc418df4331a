"""The built wheel, installed into an empty environment: all that a user of pre-commit ever has."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.manifests import UNGUARDED
from tests.oracles.packaging.package_index import need_package_index


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the program `vpnlint` of an environment with nothing but the wheel and what it requires."""
    need_package_index()
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, with_pip=False)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    return folder / "bin" / "vpnlint"


def run(program: Path, folder: Path, *arguments: str) -> tuple[int, str, str]:
    done = subprocess.run([str(program), *arguments], cwd=folder, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def checkout_program() -> Path:
    return Path(sys.executable).parent / "vpnlint"


@pytest.mark.parametrize(
    "arguments",
    [
        ("--version",),
        ("rules",),
        ("explain", "no-vpn"),
        ("check", "--format", "json", "qbittorrent.yaml"),
        ("check", "--format", "html", "qbittorrent.yaml"),
        ("check", "--verbose", "--doubts", "."),
        ("render", "qbittorrent.yaml"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_it_answers_as_the_checkout_does(installed: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "qbittorrent.yaml").write_text(UNGUARDED, encoding="utf-8")
    answer = run(installed, tmp_path, *arguments)
    assert answer == run(checkout_program(), tmp_path, *arguments)
    assert answer[1]
    assert answer[2] == ""


def test_it_finds_a_client_without_vpn(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "qbittorrent.yaml").write_text(UNGUARDED, encoding="utf-8")
    code, report, _ = run(installed, tmp_path, "check")
    assert code == 1
    assert "no-vpn" in report
