"""Every hostile input that is kept as data ends in time, says what is wrong, and takes nothing from the good
file beside it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.checkout import ROOT
from tests.fuzz.cases import POD, Files, documents, places, repositories, values
from tests.fuzz.search import search
from tests.fuzz.verdict import COMMANDS, broken

# Which of all pairs of a place and a value are tried here: one in so many, of each place and each value some.
_ONE_IN = 37
_AT_ONCE = 25
_PAIRS = [
    (place, value)
    for number, place in enumerate(places())
    for other, value in enumerate(values())
    if (number + other) % _ONE_IN == 0
]
_WHOLE = {**documents(), **repositories()}


@pytest.fixture(scope="module")
def alone() -> Iterator[ProcessPoolExecutor]:
    """A process without threads, which may fork."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield pool


def test_there_are_enough() -> None:
    assert len(_PAIRS) + len(_WHOLE) > 1000
    assert {value for _, value in _PAIRS} == set(values())
    assert {place.file for place, _ in _PAIRS} == {place.file for place in places()}


def test_the_page_counts_them() -> None:
    page = " ".join((ROOT / "docs" / "security.md").read_text(encoding="utf-8").split())
    pairs = len(places()) * len(values())
    assert f"{len(values())} values for each of {len(places())} places in manifests of every kind" in page
    assert (
        f"({pairs:,} inputs, of which the tests try {len(_PAIRS):,}), and {len(_WHOLE)} whole files" in page
    )


@pytest.mark.parametrize("start", range(0, len(_PAIRS), _AT_ONCE))
def test_a_hostile_value(start: int, alone: ProcessPoolExecutor) -> None:
    files: Files = {}
    for number, (place, value) in enumerate(_PAIRS[start : start + _AT_ONCE]):
        files[f"f{number}/{place.file}"] = place.put(value)
        if place.file == "kustomization.yaml":
            files[f"f{number}/pod.yaml"] = POD
    assert alone.submit(broken, files).result() == []


@pytest.mark.parametrize("name", _WHOLE)
def test_a_hostile_file_or_repository(name: str, alone: ProcessPoolExecutor) -> None:
    commands: Sequence[Sequence[str]] = COMMANDS
    if name != "secrets":
        commands = (COMMANDS[0], COMMANDS[1 + sorted(_WHOLE).index(name) % (len(COMMANDS) - 1)])
    assert alone.submit(broken, _WHOLE[name], commands).result() == []


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
