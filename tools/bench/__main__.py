"""Times vpnlint beside other programs, in one run, on real repositories; run by `make bench`.

    python -m tools.bench [--corpus FOLDER] [--rounds N] [--only PART] [--write FILE]

Each number is the median of up to N runs (of what takes long, of one), after one that does not count, in CPU
seconds (user and system): what else the machine does changes them less than the time on the clock. Programs
that are compared take turns. CPU seconds and peak memory are what the kernel says of each process (wait4).
As for an installed program, Python keeps its bytecode and vpnlint its compiled rules; `--no-cache` is
measured beside it. What admission costs is measured by `make bench-admission`.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from tests.checkout import CORPUS, ROOT
from tools.bench.admission import workloads
from tools.bench.editor import keystrokes
from tools.bench.files import files_of_a_repository, one_file
from tools.bench.measuring import Target
from tools.bench.repositories import clusters, many_files, whole_corpus, whole_repositories
from tools.recall import recall

# A repository of the corpus in the middle of their sizes.
TYPICAL = "GeckoSplinter__home-ops"
# The largest one.
LARGE = "eleboucher__homelab"
WITHOUT_CORPUS = ("file", "many")
PARTS = (*WITHOUT_CORPUS, "repository", "corpus", "clusters", "repositories", "editor", "kyverno", "pitfalls")


def machine(rounds: int) -> str:
    """Return one line on where and how it was measured."""
    cores = os.cpu_count()
    return (
        f"CPU seconds, medians of {rounds} runs on {cores} cores ({platform.machine()}, "
        f"{platform.system()}), load {os.getloadavg()[0]:.1f} before; Python {platform.python_version()}, "
        f"vpnlint {version('vpnlint')} (commit {_commit()}), yamllint {version('yamllint')}; "
        f"{time.strftime('%Y-%m-%d', time.gmtime())}."
    )


def _commit() -> str:
    shown = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return shown.stdout.strip() or "unknown"


def write_targets(targets: Sequence[Target]) -> Iterator[str]:
    """Yield a table of what is aimed at beside what was measured."""
    yield "## Targets"
    yield ""
    yield "| what | target | measured | |"
    yield "|---|---|--:|---|"
    for item in targets:
        yield f"| {item.name} | {item.target} | {item.measured} | {'met' if item.is_met else 'missed'} |"


def main() -> None:
    """Measure, print each part as it is there, and write them all to a file where asked."""
    parser = argparse.ArgumentParser(description="Time vpnlint beside other programs.")
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--rounds", type=int, default=10, help="runs of each program (default: 10)")
    parser.add_argument("--only", action="append", metavar="PART", help=f"measure this: {', '.join(PARTS)}")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the Markdown there, too")
    arguments = parser.parse_args()
    rounds, corpus = arguments.rounds, arguments.corpus
    head = ["# Benchmarks", "", f"`make bench` printed this. {machine(rounds)}", ""]
    print("\n".join(head[2:]), flush=True)
    # An installed program has its bytecode; some environments forbid a checkout to write it.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    written: list[str] = []
    targets: list[Target] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tree = corpus / "trees" / TYPICAL
        parts = {
            "file": one_file(folder, rounds, targets),
            "many": many_files(folder, targets),
            "repository": files_of_a_repository(tree, folder, rounds, targets),
            "corpus": whole_corpus(corpus / "repos", targets),
            "clusters": clusters(tree, folder, targets),
            "repositories": whole_repositories(corpus / "trees", targets),
            "editor": keystrokes(corpus / "trees" / LARGE, folder, rounds),
            "kyverno": workloads(corpus, folder),
            "pitfalls": chain(["## What is found of the labelled pitfalls", ""], recall()),
        }
        wanted = [name for name in PARTS if name in (arguments.only or PARTS)]
        if not corpus.is_dir():
            wanted = [name for name in wanted if name in WITHOUT_CORPUS]
            print(f"Only a part is measured: the corpus is not at {corpus}.\n", flush=True)
        for part in map(parts.__getitem__, wanted):
            lines = [*part, ""]
            print("\n".join(lines), flush=True)
            written += lines
            if arguments.write:
                text = "\n".join([*head, *write_targets(targets), "", *written]).rstrip() + "\n"
                arguments.write.write_text(text, encoding="utf-8")
    print("\n".join(write_targets(targets)), flush=True)


if __name__ == "__main__":
    main()
