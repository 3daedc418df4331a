"""Whole repositories, by themselves and beside each other, and how time and memory grow with them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from tools.bench.measuring import (
    Bench,
    Target,
    describe_memory,
    measure,
    vpnlint,
    write_table,
    yaml_files,
    yamllint,
)
from vpnlint.ruleset.ruleset import load_rules

_CLUSTERS = (1, 5, 30, 150)
_FILES = (1_000, 10_000, 50_000)
_CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings-%d\ndata:\n  key: value\n"
_CLIENT = """\
apiVersion: v1
kind: Pod
metadata:
  name: qbittorrent
spec:
  containers:
    - name: qbittorrent
      image: ghcr.io/home-operations/qbittorrent:5.1.2
"""


def whole_corpus(corpus: Path, targets: list[Target]) -> Iterator[str]:
    """Yield the comparison on all files of the corpus: with another linter and with a search for words."""
    words = "|".join(sorted(word.decode() for word in load_rules().catalog.words))
    grep = ["grep", "-rliE", words, "--include=*.yaml", "--include=*.yml", str(corpus)]
    rows = measure([vpnlint(corpus), yamllint(corpus), Bench("`grep -rliE` (same words)", grep, (0,))], 1)
    yield f"## The whole corpus ({sum(1 for _ in yaml_files(corpus)):,} YAML files)"
    yield ""
    yield from write_table(rows)
    targets.append(_faster("The whole corpus", rows[1].median / rows[0].median, 10))


def whole_repositories(trees: Path, targets: list[Target]) -> Iterator[str]:
    """Yield how long whole repositories take, each by itself as Flux applies it, beside yamllint."""
    rows = []
    for folder in sorted(path for path in trees.iterdir() if path.is_dir()):
        own, other = measure([vpnlint(folder), yamllint(folder)], 1)
        rows.append((own._replace(name=folder.name.replace("__", "/")), other.median))
    rows.sort(key=lambda pair: -pair[0].median)
    yield f"## {len(rows)} whole repositories, each by itself"
    yield ""
    yield "| repository | median | yamllint | yamllint / vpnlint | peak memory |"
    yield "|---|--:|--:|--:|--:|"
    middle, fastest = rows[len(rows) // 2], rows[-1]
    middle = (middle[0]._replace(name="the one in the middle"), middle[1])
    for row, seconds in (*rows[:3], middle, (fastest[0]._replace(name="the fastest"), fastest[1])):
        factor = seconds / row.median
        yield f"| {row.name} | {row.median:.2f} s | {seconds:.2f} s | {factor:.1f} | {describe_memory(row)} |"
    mine, theirs = sum(row.median for row, _ in rows), sum(seconds for _, seconds in rows)
    yield f"| all together | {mine:.2f} s | {theirs:.2f} s | {theirs / mine:.1f} | |"
    targets.append(_faster(f"{len(rows)} whole repositories, each by itself", theirs / mine, 12))


def _faster(name: str, factor: float, limit: int) -> Target:
    return Target(
        name, f"at least {limit} times faster than yamllint", f"{factor:.1f} times", factor >= limit
    )


def clusters(tree: Path, folder: Path, targets: list[Target]) -> Iterator[str]:
    """Yield the time for 1, 5, 30 and 150 clusters in one git repository, copies of one."""
    name, files = tree.name.replace("__", "/"), sum(1 for _ in yaml_files(tree))
    yield f"## Clusters in one git repository ({name}, {files} files each)"
    yield ""
    yield "| clusters | median | per cluster | peak memory |"
    yield "|---|--:|--:|--:|"
    memory, each = 0.0, []
    for number in _CLUSTERS:
        root = folder / f"clusters-{number}"
        (root / ".git").mkdir(parents=True)
        for copy in range(number):
            shutil.copytree(tree, root / f"cluster-{copy}", copy_function=_link)
        (row,) = measure([vpnlint(root)._replace(warm=number == 1)], 1)
        memory = max(memory, row.memory)
        each.append(row.median / number)
        yield f"| {number} | {row.median:.2f} s | {row.median / number:.2f} s | {describe_memory(row)} |"
        if number == _CLUSTERS[2]:
            (one,) = measure([vpnlint(root / "cluster-0")._replace(warm=False)], 1)
            yield f"| one folder of {number} | {one.median:.2f} s | | {describe_memory(one)} |"
        shutil.rmtree(root)
    targets.append(Target("Memory for 150 clusters", "at most 300 MB", f"{memory:.0f} MB", memory <= 300))
    growth = each[-1] / each[1]
    targets.append(
        Target("Time per cluster, 150 to 5", "at most 1.2 times", f"{growth:.2f} times", growth <= 1.2)
    )


def many_files(folder: Path, targets: list[Target]) -> Iterator[str]:
    """Yield the time for up to 50,000 manifests that have to do with no client, beside one that has."""
    yield "## Many files in one git repository (ConfigMaps, and a client)"
    yield ""
    yield "| files | median | per 1,000 files | peak memory |"
    yield "|--:|--:|--:|--:|"
    for number in _FILES:
        root = folder / f"files-{number}"
        (root / ".git").mkdir(parents=True)
        (root / "client.yaml").write_text(_CLIENT, encoding="utf-8")
        for part in range(number // 100):
            (root / f"app-{part}").mkdir()
            for item in range(100):
                text = _CONFIG_MAP % (100 * part + item)
                (root / f"app-{part}" / f"{item}.yaml").write_text(text, encoding="utf-8")
        (row,) = measure([vpnlint(root)._replace(warm=False)], 1)
        each = 1_000 * row.median / number
        yield f"| {number:,} | {row.median:.2f} s | {each:.3f} s | {describe_memory(row)} |"
        shutil.rmtree(root)
    targets.append(Target(f"{number:,} files", "at most 5 s", f"{row.median:.1f} s", row.median <= 5))


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
