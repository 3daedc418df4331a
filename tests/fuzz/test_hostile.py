"""Every hostile input that is kept as data ends in time, says what is wrong, and takes nothing from the good
file beside it. `.ci/run` asks all of them; a run of the tests takes its turn."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from typing import NamedTuple

import pytest

from tests.checkout import EVERYTHING, ROOT, take_turn
from tests.fork_server import get_fork_server
from tests.fuzz.cases import Files, configurations, documents, hidden, places, repositories, templates, values
from tests.fuzz.pairs import AT_ONCE, lay_side_by_side, pairs
from tests.fuzz.search import search
from tests.fuzz.verdict import COMMANDS, broken

_PAIRS = pairs(one_in=37)
_ALL_COMMANDS = {**documents(), **repositories()}
_WHOLE = {**_ALL_COMMANDS, **templates(), **configurations()}
_HIDDEN = hidden()
# Those that another command is tried on beside `check`.
_TWICE = sorted(_ALL_COMMANDS)[:: 1 if EVERYTHING else 3]
# A run takes an eighth of them.
_TAKEN = take_turn(sorted(_WHOLE), of=8)


class Question(NamedTuple):
    """What `broken` is asked."""

    files: Files
    commands: Sequence[Sequence[str]] = COMMANDS[:1]
    spares_the_rest: bool = True
    speaks_of: str = ""

    def ask(self) -> list[str]:
        return broken(
            self.files, self.commands, spares_the_rest=self.spares_the_rest, speaks_of=self.speaks_of
        )


@pytest.fixture(scope="module")
def alone() -> Iterator[ProcessPoolExecutor]:
    """Processes without threads, which may fork."""
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1), get_fork_server()) as pool:
        yield pool
        pool.shutdown(cancel_futures=True)


@pytest.fixture(scope="module")
def answers(request: pytest.FixtureRequest, alone: ProcessPoolExecutor) -> dict[str, Future[list[str]]]:
    """The answer to each test with a question, by the test's id; all are asked at once."""
    asked = {}
    for test in request.session.items:
        if test.path == request.path and isinstance(test, pytest.Function):
            question = _QUESTIONS.get(test.originalname)
            if question is not None:
                asked[test.nodeid] = alone.submit(question(*test.callspec.params.values()).ask)
    return asked


@pytest.fixture
def answer(request: pytest.FixtureRequest, answers: dict[str, Future[list[str]]]) -> list[str]:
    return answers[request.node.nodeid].result()


def other_command(name: str) -> int:
    """Return the number of the command that is tried on an input beside `check`."""
    return 1 + _TWICE.index(name) % (len(COMMANDS) - 1)


def test_every_command_meets_hostile_inputs() -> None:
    assert {other_command(name) for name in _TWICE} == set(range(1, len(COMMANDS)))


def test_there_are_enough() -> None:
    assert len(_PAIRS) + len(_WHOLE) + len(_HIDDEN) > 1000
    assert {value for _, value in _PAIRS} == set(values())
    assert {place.file for place, _ in _PAIRS} == {place.file for place in places()}


def test_the_page_counts_them() -> None:
    page = " ".join((ROOT / "docs" / "security.md").read_text(encoding="utf-8").split())
    every = len(places()) * len(values())
    assert f"{len(values())} values for each of {len(places())} places in manifests of every kind" in page
    assert (
        f"({every:,} inputs, of which {len(_PAIRS):,} are tests), and {len(_WHOLE) + len(_HIDDEN)} whole files"
        in page
    )


@pytest.mark.parametrize("start", take_turn(range(0, len(_PAIRS), AT_ONCE), of=4))
def test_a_hostile_value(start: int, answer: list[str]) -> None:
    """By four commits; all by `make properties`."""
    assert answer == []


def ask_value(start: int) -> Question:
    return Question(lay_side_by_side(_PAIRS[start : start + AT_ONCE]))


@pytest.mark.parametrize("name", _TAKEN)
def test_a_hostile_file_or_repository(name: str, answer: list[str]) -> None:
    """Every input is checked by one of eight commits, and every third meets another command
    of vpnlint's, too; by `make properties`, all are checked and meet one."""
    assert answer == []


def ask_whole(name: str) -> Question:
    commands: Sequence[Sequence[str]] = COMMANDS[:1]
    if name in ("secrets", "odd names of files"):
        commands = COMMANDS
    elif name in _TWICE:
        commands = (COMMANDS[0], COMMANDS[other_command(name)])
    spares_the_rest = not any(path.startswith(".vpnlint") for path in _WHOLE[name])
    return Question(_WHOLE[name], commands, spares_the_rest)


@pytest.mark.parametrize("name", take_turn(sorted(_HIDDEN), of=4))
def test_a_client_that_is_hard_to_see(name: str, answer: list[str]) -> None:
    """By four commits; all by `make properties`."""
    assert answer == []


def ask_hidden(name: str) -> Question:
    return Question(_HIDDEN[name], [("check", ".")], speaks_of="bad")


_QUESTIONS: dict[str, Callable[..., Question]] = {
    "test_a_hostile_value": ask_value,
    "test_a_hostile_file_or_repository": ask_whole,
    "test_a_client_that_is_hard_to_see": ask_hidden,
}


def test_a_search_finds_what_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.search.broken", lambda *_, **__: ["something"])
    with pytest.raises(AssertionError):
        search(1)


def test_what_is_forbidden_is_seen(alone: ProcessPoolExecutor) -> None:
    complaints = alone.submit(broken, {}, [("check", "/etc/hostname", ".")]).result()
    assert complaints == ["check /etc/hostname .: outside: /etc/hostname"]
    complaints = alone.submit(broken, {}, [("check", ".", "--output", "json=report.json")]).result()
    assert any("written: " in complaint for complaint in complaints)
    complaints = alone.submit(broken, {}, [("check", "--rules", "missing", ".")]).result()
    assert any("nothing about the good file" in complaint for complaint in complaints)
