"""What every test rests on: how an interrupt reaches a program, the locale, an environment without the
caller's wishes, and rules that are compiled once."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.checkout import FIXTURES
from tests.shipped import RULESET, share_rules
from tests.unwanted import UNWANTED

# Tests that share something that takes long to start or to work out: one process runs all of a group.
_TOGETHER = {
    "tests/oracles/cluster/": "cluster",
    "tests/oracles/kyverno/": "kyverno",
    "tests/oracles/lab/": "lab",
    "tests/oracles/report/": "browser",
    "tests/oracles/site/": "browser",
    "tests/judge/test_matrix.py": "lab",
    "tests/test_corpus.py": "corpus",
    "tests/test_labels.py": "corpus",
    "tests/test_matrix_consistency.py": "corpus",
    "tests/test_policies.py": "policies",
    "tests/test_seen_alone.py": "policies",
}
# What takes longest comes first, so that no process waits at the end for the other to finish one of these.
_LONGEST = (
    "tests/oracles/",
    "tests/judge/test_matrix.py",
    "tests/test_corpus.py",
    "tests/test_policies.py",
    "tests/fuzz/test_hostile.py",
    "tests/admission/",
    "tests/site/",
    "tests/packaging/",
    "tests/test_",
    "tests/fixing/",
)
# Whether all tests passed, in the process that began.
_PASSED = pytest.StashKey[bool]()


def pytest_configure() -> None:
    """Let programs that tests start be interrupted: in the background of a shell they would inherit that
    SIGINT is ignored. Look for garbage as seldom as the program does: that takes a third of a test's time."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.set_threshold(250_000, 6, 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest."""
    items.sort(key=_rank)


def pytest_collection_finish() -> None:
    """Leave the tests themselves out of every later search for garbage. Where some of them fork, start what
    they fork from: until the first of them needs it, another processor gets it ready."""
    gc.freeze()
    if fork_server := sys.modules.get("tests.fork_server"):
        with pytest.MonkeyPatch.context() as patch:
            _tidy(patch)
            fork_server.start()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep what was compiled, so that the next tests begin at once."""
    RULESET.keep_compiled()
    session.config.stash[_PASSED] = exitstatus == 0 and not hasattr(session.config, "workerinput")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the files of tests that all passed.

    Nobody waits for that: a disk may take seconds for it, and pytest by itself lets a later run do it, though
    that be of one test.
    """
    factory: pytest.TempPathFactory = config._tmp_path_factory  # type: ignore[attr-defined]
    if config.stash.get(_PASSED, False) and factory._basetemp and factory._given_basetemp is None:
        quiet = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in range(3)]
        command = ["rm", "-rf", str(factory._basetemp)]
        os.posix_spawnp("rm", command, os.environ, file_actions=quiet, setsid=True)


class _Together(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Gives one process all tests of a file, or of a group.

    pytest-xdist's own groups (`--dist loadgroup`, 3.8.0) are written into Item._nodeid, which pytest 9.2 no
    longer reads.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((group for start, group in _TOGETHER.items() if file.startswith(start)), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Return what deals the tests out to the processes."""
    return _Together(config, log)


def _rank(item: pytest.Item) -> int:
    long = (place for place, start in enumerate(_LONGEST) if item.nodeid.startswith(start))
    return next(long, len(_LONGEST))


@pytest.fixture(scope="session")
def lone_fixtures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of fixtures/ with no repository around it, of which vpnlint would read every file."""
    return Path(shutil.copytree(FIXTURES, tmp_path_factory.mktemp("lone") / "fixtures"))


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    share_rules(monkeypatch)
    _tidy(monkeypatch)


def _tidy(patch: pytest.MonkeyPatch) -> None:
    for name in UNWANTED:
        patch.delenv(name, raising=False)
    patch.setenv("LC_ALL", "C.UTF-8")
