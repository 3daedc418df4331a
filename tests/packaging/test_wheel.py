"""What the built wheel holds."""

from __future__ import annotations

import zipfile
from pathlib import Path

from tests.checkout import ROOT


def test_the_wheel_holds_every_data_file_of_the_checkout(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("vpnlint/rules/")}
    there = {f"vpnlint/{path.relative_to(ROOT).as_posix()}" for path in (ROOT / "rules").rglob("*.yaml")}
    for folder in ("", "catalog/", "views/"):
        assert any(name.rpartition("/")[0] + "/" == f"vpnlint/rules/{folder}" for name in there)
    assert held == there


def test_it_installs_no_test_and_no_tool(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"vpnlint", f"{wheel.name.split('-py3')[0]}.dist-info"}
