"""What every test rests on: how an interrupt reaches a program, the locale, and an environment without the
caller's wishes."""

from __future__ import annotations

import signal

import pytest

from tests.program import UNWANTED

# Tests of these folders share something that takes long to start, so one process runs all of them.
_TOGETHER = ("tests/oracles/cluster", "tests/oracles/kyverno", "tests/oracles/lab")


def pytest_configure() -> None:
    """Let programs that tests start be interrupted: in the background of a shell they would inherit that
    SIGINT is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell pytest-xdist which tests to run in one process, those that take longest first."""
    for item in items:
        file = item.nodeid.partition("::")[0]
        group = next((folder for folder in _TOGETHER if file.startswith(f"{folder}/")), file)
        item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    return 0 if item.nodeid.startswith(_TOGETHER) else 1 if "corpus" in item.nodeid else 2


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in UNWANTED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
