"""What every test rests on: how an interrupt reaches a program, the locale, and an environment without the
caller's wishes."""

from __future__ import annotations

import signal

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.program import UNWANTED
from tests.report.browser import browser

# Playwright starts once in a process, so the browser is one fixture for all folders.
__all__ = ["browser"]

# Tests of these folders share something that takes long to start, so one process runs all of them.
_TOGETHER = ("tests/oracles/cluster", "tests/oracles/kyverno", "tests/oracles/lab")


def pytest_configure() -> None:
    """Let programs that tests start be interrupted: in the background of a shell they would inherit that
    SIGINT is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest."""
    items.sort(key=_rank)


class _Together(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Gives one process all tests of a file, or of a folder that shares what it starts.

    pytest-xdist's own groups (`--dist loadgroup`, 3.8.0) are written into Item._nodeid, which pytest 9.2 no
    longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in _TOGETHER if file.startswith(f"{folder}/")), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Return what deals the tests out to the processes."""
    return _Together(config, log)


def _rank(item: pytest.Item) -> int:
    return 0 if item.nodeid.startswith(_TOGETHER) else 1 if "corpus" in item.nodeid else 2


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in UNWANTED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
