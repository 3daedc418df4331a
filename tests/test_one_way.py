"""One file says what the whole repository says of it, on real repositories as people have them: in git.

CI tries some; `make properties` tries all (VPNLINT_PROPERTIES=all).
"""

from __future__ import annotations

import json
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import CORPUS, EVERYTHING, needs_corpus, take_turn
from tests.editor.test_warm_repository import compare, take_settings
from tests.files.test_requested import below
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.editor.warm_repository import WarmRepository
from vpnlint.results.finding import Finding
from vpnlint.results.result import Result

pytestmark = needs_corpus

FILES, SEED = 20, 7
# Those that show most ways to lay a repository out, one by each commit; `make properties` tries all.
SAMPLE = ("xstar97__cluster", "MrMarble__home-ops", "jaja360__neo-bertha")
TREES = sorted(path.name for path in (CORPUS / "trees").glob("*")) if EVERYTHING else take_turn(SAMPLE, of=3)


@pytest.fixture(params=TREES)
def tree(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a copy of a repository that is one of git's, and work in it."""
    root = tmp_path / "tree"
    shutil.copytree(CORPUS / "trees" / request.param, root, copy_function=shutil.copyfile)
    (root / ".git").mkdir(exist_ok=True)
    monkeypatch.chdir(root)
    yield root
    shutil.rmtree(root)


def chosen(root: Path, whole: Result) -> list[str]:
    """Return files of a repository: those of its workloads, and others by chance."""
    files = sorted(path.relative_to(root).as_posix() for path in root.rglob("*.y*ml") if path.is_file())
    if EVERYTHING:
        return files
    first = sorted(
        {finding.span.file for finding in whole.findings} | {item.file for item in whole.workloads}
    )
    others = [file for file in files if file not in first]
    return [*first, *random.Random(SEED).sample(others, min(len(others), FILES - len(first)))]


def workloads(result: Result) -> set[tuple[str, int, str, str, str]]:
    return {(item.file, item.line, item.namespace, item.name, item.applied) for item in result.workloads}


def about(result: Result, file: str) -> set[Finding]:
    return {finding for finding in result.findings if finding.span.file == file}


def test_one_file_says_what_the_whole_repository_says(tree: Path) -> None:
    """Nothing is said of what Flux takes: these repositories are live."""
    whole = check(["."], RULESET)
    assert whole.problems == ()
    compared = 0
    for file in chosen(tree, whole):
        alone = check([file], RULESET)
        assert alone.problems == (), file
        assert set(alone.findings) <= set(whole.findings), file
        assert workloads(alone) <= workloads(whole), file
        assert about(alone, file) == about(whole, file), file
        assert {item for item in workloads(whole) if item[0] == file} <= workloads(alone), file
        assert {str(place) for place in alone.not_judged} <= {str(place) for place in whole.not_judged}
        compared += len(alone.findings)
    print(f"{compared} findings of one file are those of the whole repository")


def test_a_file_of_a_real_repository_says_what_a_whole_run_says(tmp_path: Path) -> None:
    """Every sixth repository, others with the next commit; `make properties` takes all."""
    compared = 0
    for repo, labels in take_turn(list(labelled().items()), of=6):
        tree = CORPUS / "trees" / repo
        root = tmp_path / repo
        shutil.copytree(tree, root)
        (root / ".git").mkdir(exist_ok=True)
        everything = check([str(root)], RULESET)
        for path in labels:
            result = check([str(root / path)], RULESET)
            judged = tuple(one for one in everything.workloads if below(one.file, root) == path)
            assert result.workloads == judged
            titles = {finding.workload for finding in result.findings}
            here = [
                one
                for one in everything.findings
                if one.workload in titles and below(one.span.file, root) == path
            ]
            assert [one for one in result.findings if below(one.span.file, root) == path] == here
            compared += len(judged)
        shutil.rmtree(root)
    print(f"{compared} workloads of whole repositories are judged alike by their file alone")
    assert compared > (20 if EVERYTHING else 2)


def labelled() -> dict[str, list[str]]:
    """Return the files of labelled workloads that are applied, by the whole repositories that they lie in."""
    found: dict[str, list[str]] = {}
    for line in (CORPUS / "labels.jsonl").read_text().splitlines():
        label = json.loads(line)
        repo = label["repo"].replace("/", "__")
        if label["applied"] and (CORPUS / "trees" / repo / label["path"]).is_file():
            found.setdefault(repo, []).append(label["path"])
    return found


def test_a_repository_kept_ready_says_what_a_run_from_the_start_says(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    shutil.copytree(CORPUS / "trees" / "GeckoSplinter__home-ops", root)
    (root / ".git").mkdir(exist_ok=True)
    settings = take_settings(root)
    warm = WarmRepository(str(root), settings, {})
    names = [os.path.relpath(path, root) for path in warm.workspace.files if warm.speaks_of_client(path)]
    chance = random.Random(1)
    compare(root, chance.sample(names, 12), chance, most=1)
