"""What is kept between runs changes no finding, and whatever is wrong with it counts as absent."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.checkout import EVERYTHING, FIXTURES
from vpnlint.check import check
from vpnlint.cli import main
from vpnlint.errors import RuleError
from vpnlint.results.result import Result
from vpnlint.ruleset.cache import NO_CACHE, Cache, find_user_cache
from vpnlint.ruleset.ruleset import load_rules

CASES = ("no-vpn", "userspace-tailscale")
FILES = [min((FIXTURES / case).glob("fail.*.yaml")) for case in CASES]
RULE = """\
id: own-rule
severity: error
summary: A client is called so
for: client
cases:
  - when: it.name == "{name}"
    answer: deny
    say: "{{it.name}} is called so"
    help: call it otherwise
why: It is.
"""


def _judge(cache: Cache) -> Result:
    return check(list(map(str, FILES)), load_rules(cache=cache), rendered=True)


@pytest.fixture(scope="module")
def bare() -> Result:
    """Return what is found without a cache."""
    return _judge(NO_CACHE)


@pytest.fixture(scope="module")
def filled(bare: Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a cache that a run has filled."""
    folder = tmp_path_factory.mktemp("filled")
    assert _judge(Cache(str(folder))) == bare
    return folder


def _file(folder: Path, name: str) -> Path:
    (path,) = folder.glob(f"{name}-*")
    return path


def test_findings_are_the_same_with_a_cache(bare: Result, filled: Path) -> None:
    cache = Cache(str(filled))
    assert len(bare.findings) > len(CASES)
    kept = load_rules(cache=cache).compiled.engine.kept
    assert kept.get("view") and kept.get("no-vpn") and kept.get("statuses")
    assert _judge(cache) == bare


def test_nothing_of_a_repository_is_kept(tmp_path: Path) -> None:
    before = load_rules(cache=Cache(str(tmp_path)))
    pod = tmp_path / "pod.yaml"
    pod.write_text(
        "{apiVersion: v1, kind: Pod, metadata: {name: sesame}, spec: {containers: [{name: sesame, image: "
        "ghcr.io/home-operations/qbittorrent:5.1.2}]}}\n",
        encoding="utf-8",
    )
    assert check([str(pod)], before).findings
    kept = [path for path in tmp_path.iterdir() if path != pod]
    assert len(kept) == 5
    assert not [path for path in kept if b"sesame" in path.read_bytes()]


@pytest.mark.parametrize(
    ("name", "damages"),
    [
        ("catalogue", 4),
        *((name, None if EVERYTHING else 1) for name in ("rules", "meta", "defences", "expressions")),
    ],
)
def test_a_damaged_file_counts_as_absent(
    bare: Result, filled: Path, tmp_path: Path, name: str, damages: int | None
) -> None:
    """One place tells damage for all files: all sorts are tried on one file, on the others a changed byte.

    `make properties` tries all on all.
    """
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    cache = Cache(str(tmp_path))
    whole = _file(tmp_path, name).read_bytes()
    middle = len(whole) // 2
    changed = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    for damaged in (changed, b"", whole[:middle], b"\0" * 99)[:damages]:
        _file(tmp_path, name).write_bytes(damaged)
        assert _judge(cache) == bare
        assert _file(tmp_path, name).read_bytes() != damaged


def test_a_changed_rule_is_compiled_anew(tmp_path: Path) -> None:
    cache, folder = Cache(str(tmp_path / "cache")), tmp_path / "rules"
    folder.mkdir()
    for name in ("qbittorrent", "other", "qbittorrent"):
        (folder / "own.yaml").write_text(RULE.format(name=name), encoding="utf-8")
        judged = check([str(FILES[0])], load_rules([folder], cache=cache), rendered=True)
        found = {finding.rule for finding in judged.findings}
        assert ("own-rule" in found) == (name == "qbittorrent")
    (folder / "own.yaml").write_text(RULE.format(name='" +'), encoding="utf-8")
    with pytest.raises(RuleError):
        load_rules([folder], cache=cache)


def test_where_nothing_can_be_written_nothing_is_kept(bare: Result, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    cache = Cache(str(tmp_path / "file" / "folder"))
    assert _judge(cache) == bare


def test_a_draft_that_another_run_left_is_no_hindrance(tmp_path: Path) -> None:
    cache = Cache(str(tmp_path))
    cache.save("name", 1, "value")
    draft = Path(f"{_file(tmp_path, 'name')}.{os.getpid()}")
    draft.write_bytes(b"half")
    cache.save("name", 2, "other")
    assert cache.load("name", 1) in ("value", None)
    cache.save("name", 2, "other")
    assert cache.load("name", 2) == "other"


def test_files_of_old_versions_go(tmp_path: Path) -> None:
    old = tmp_path / "catalogue-00000000"
    old.write_bytes(b"")
    os.utime(old, (0, 0))
    Cache(str(tmp_path)).save("name", 1, "value")
    assert not old.exists()


def test_where_the_cache_is(lone_fixtures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vpnlint.config.settings.load_rules", load_rules)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    pod = lone_fixtures / "no-vpn" / "fail.another-pod.yaml"
    assert main(["check", "--no-cache", "--fail-on", "never", str(pod)]) == 0
    assert not list(tmp_path.iterdir())
    assert main(["check", "--fail-on", "never", str(pod)]) == 0
    assert _file(tmp_path / "vpnlint" / "compiled", "expressions").is_file()
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    find_user_cache().save("name", 1, "value")
    assert not Path("relative").exists()
