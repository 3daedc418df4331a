"""The floors of the house: a module imports only from its own stage and from those below it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import PACKAGE

# Each row may use the rows above it; stages in one row may not use each other.
ROWS = (
    {"__init__", "errors", "suggestion"},
    {"source"},
    {"results"},
    {"files", "ruleset"},
    {"config"},
    {"charts", "gitops", "report"},
    {"workloads"},
    {"surroundings", "run"},
    {"judge"},
    {"check"},
    {"admission", "fixing"},
    {"editor"},
    {"command_line"},
    {"commands"},
    {"cli"},
    {"__main__"},
)
MAX_LINES = 250
FLOORS = {stage: floor for floor, row in enumerate(ROWS) for stage in row}


def _stage(module: str) -> str:
    """Return the stage of a module's dotted name below the package."""
    return module.removeprefix("vpnlint").removeprefix(".").partition(".")[0] or "__init__"


def _imports(file: Path) -> Iterator[str]:
    """Yield the stage of each import of the package's own modules in a file."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "vpnlint":
            names = [f"vpnlint.{alias.name}" for alias in node.names] if node.module == "vpnlint" else []
            modules = [name for name in names if name != "vpnlint.__version__"] or [str(node.module)]
            yield from map(_stage, modules)
        elif isinstance(node, ast.Import):
            yield from (_stage(alias.name) for alias in node.names if alias.name.startswith("vpnlint"))


@pytest.mark.parametrize(
    "file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE))
)
def test_no_module_imports_from_a_floor_above(file: Path) -> None:
    own = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    above = {stage for stage in _imports(file) if stage != own and FLOORS[stage] >= FLOORS[own]}
    assert not above, f"{own} may not import from {', '.join(sorted(above))}"


def test_every_stage_has_a_floor() -> None:
    stages = {
        entry.name.removesuffix(".py")
        for entry in PACKAGE.iterdir()
        if entry.name not in ("py.typed", "__pycache__")
    }
    assert stages == set(FLOORS)


def test_no_module_is_longer_than_a_person_reads_at_once() -> None:
    lines = {
        file.relative_to(PACKAGE).as_posix(): len(file.read_text("utf-8").splitlines())
        for file in PACKAGE.rglob("*.py")
    }
    too_long = {f"{name}: {count} lines" for name, count in lines.items() if count > MAX_LINES}
    assert not too_long, "split by purpose: " + ", ".join(sorted(too_long))
