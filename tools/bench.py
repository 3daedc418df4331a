"""Times vpnlint beside other programs, in one run, on real repositories; run by `make bench`.

    bench.py [--corpus FOLDER] [--rounds N] [--write FILE]

Each number is the median of N runs after one that does not count, in CPU seconds (user and system): what else
the machine does changes them less than the time on the clock. Programs that are compared take turns. CPU
seconds and peak memory are what the kernel says of each process (wait4). As for an installed program, Python
keeps its bytecode and vpnlint its compiled rules; `--no-cache` is measured beside it.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tests.checkout import CORPUS, ROOT
from tools.admission import admission
from vpnlint.ruleset.ruleset import load_rules

PROGRAMS = Path(sys.executable).parent
UNRELATED = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: unrelated\ndata:\n  key: value\n"
CLEAN_OR_FINDINGS = (0, 1)
WORKLOADS = 4
# A repository of the corpus in the middle of their sizes.
TYPICAL = "GeckoSplinter__home-ops"
# The largest one.
LARGE = "eleboucher__homelab"


class Bench(NamedTuple):
    """A program to time: its name in the table, the command, and the exit codes that mean it did its work."""

    name: str
    command: Sequence[str]
    codes: Sequence[int] = CLEAN_OR_FINDINGS


class Row(NamedTuple):
    """What was measured of one program: CPU seconds (median, least, most) and peak memory in megabytes."""

    name: str
    median: float
    least: float
    most: float
    memory: float


def measure(benches: Sequence[Bench], rounds: int) -> list[Row]:
    """Return a row for each program; they take turns. Raises SystemExit where one fails."""
    runs: list[list[tuple[float, float]]] = [[] for _ in benches]
    for _ in range(rounds + 1):
        for bench, kept in zip(benches, runs, strict=True):
            kept.append(_run(bench))
    return [_row(bench.name, kept[1:]) for bench, kept in zip(benches, runs, strict=True)]


def _run(bench: Bench) -> tuple[float, float]:
    process = subprocess.Popen(bench.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = usage.ru_utime + usage.ru_stime
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in bench.codes:
        raise SystemExit(f"bench: {bench.name} ended with {process.returncode}: {' '.join(bench.command)}")
    return seconds, usage.ru_maxrss / 1024


def _row(name: str, runs: list[tuple[float, float]]) -> Row:
    seconds = [second for second, _ in runs]
    return Row(
        name, statistics.median(seconds), min(seconds), max(seconds), max(memory for _, memory in runs)
    )


def table(rows: Sequence[Row], first: str = "vpnlint") -> Iterator[str]:
    """Yield a Markdown table of rows, each compared with the first, which is called so."""
    yield f"| program | median | fastest to slowest | {first} = 1 | peak memory |"
    yield "|---|--:|--:|--:|--:|"
    for row in rows:
        ratio = row.median / rows[0].median
        span = f"{row.least:.3f} to {row.most:.3f} s"
        yield f"| {row.name} | {row.median:.3f} s | {span} | {ratio:.2f} | {_memory(row)} |"


def _memory(row: Row) -> str:
    """Return the peak memory; below what this process had when it forked, the kernel knows nothing."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return f"{row.memory:.0f} MB" if row.memory > own + 1 else f"at most {own:.0f} MB"


def vpnlint(*arguments: Path | str) -> Bench:
    """Return `vpnlint check` with these arguments."""
    # Exit code 2 says that files of the corpus can't be read, which is so for every program here.
    return Bench("`vpnlint check`", [str(PROGRAMS / "vpnlint"), "check", *map(str, arguments)], (0, 1, 2))


def yamllint(folder: Path) -> Bench:
    """Return yamllint of a folder."""
    return Bench("`yamllint`", [str(PROGRAMS / "yamllint"), str(folder)])


def whole_corpus(corpus: Path, rounds: int) -> Iterator[str]:
    """Yield the comparison on all files of the corpus: with another linter and with a search for words."""
    words = "|".join(sorted(word.decode() for word in load_rules().catalog.words))
    grep = ["grep", "-rliE", words, "--include=*.yaml", "--include=*.yml", str(corpus)]
    benches = [
        vpnlint(corpus),
        yamllint(corpus),
        Bench("`grep -rliE` (same words)", grep, (0,)),
    ]
    here = [bench for bench in benches if shutil.which(bench.command[0])]
    yield f"## The whole corpus ({sum(1 for _ in yaml_files(corpus)):,} YAML files)"
    yield ""
    yield from table(measure(here, rounds))
    for bench in benches:
        if bench not in here:
            yield f"\nSkipped: {bench.name}, which is not installed."


def one_file(folder: Path, rounds: int) -> Iterator[str]:
    """Yield the comparison on one file that holds no torrent client: what a pre-commit hook costs."""
    file = folder / "unrelated.yaml"
    file.write_text(UNRELATED, encoding="utf-8")
    python = Bench('`python -c "import yaml"`', [sys.executable, "-c", "import yaml"], (0,))
    yield "## One unrelated file"
    yield ""
    cold = vpnlint("--no-cache", file)._replace(name="`vpnlint check --no-cache`")
    yield from table(measure([python, vpnlint(file), cold], max(rounds, 30)), "import")


def whole_repositories(trees: Path, rounds: int) -> Iterator[str]:
    """Yield how long whole repositories take, each by itself as Flux applies it, beside yamllint."""
    rows = []
    for folder in sorted(path for path in trees.iterdir() if path.is_dir()):
        own, other = measure([vpnlint(folder), yamllint(folder)], min(rounds, 3))
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
        yield f"| {row.name} | {row.median:.2f} s | {seconds:.2f} s | {factor:.1f} | {_memory(row)} |"
    mine, theirs = sum(row.median for row, _ in rows), sum(seconds for _, seconds in rows)
    yield f"| all together | {mine:.2f} s | {theirs:.2f} s | {theirs / mine:.1f} | |"


def workloads(corpus: Path, folder: Path, rounds: int) -> Iterator[str]:
    """Yield the comparison on workloads that Helm rendered, with the Kyverno CLI and the same rules."""
    yield f"## {WORKLOADS} rendered workloads, all rules"
    yield ""
    built = subprocess.run([ROOT / "tools" / "build", "--path"], capture_output=True, text=True, check=True)
    kyverno = shutil.which("kubectl-kyverno") or f"{built.stdout.strip()}/kubectl-kyverno"
    if not Path(kyverno).is_file():
        yield "Skipped: `kyverno apply`; `make tools` builds it."
        return
    policies, resources = folder / "policies", folder / "resources"
    subprocess.run([PROGRAMS / "vpnlint", "emit", "kyverno", "-o", policies], check=True)
    resources.mkdir()
    for number, file in enumerate(sorted((corpus / "rendered").glob("*.yaml"))[:WORKLOADS]):
        text = file.read_text(encoding="utf-8")
        # The CLI ends in a panic where two resources are called the same.
        text = re.sub(r"^  name: .*", f"  name: workload-{number}", text, count=1, flags=re.MULTILINE)
        (resources / f"{number}.yaml").write_text(text, encoding="utf-8")
    command = [kyverno, "apply", str(policies), "--resource", str(resources)]
    yield from table(measure([vpnlint(resources), Bench("`kyverno apply`", command)], rounds))


def growth(corpus: Path, folder: Path, rounds: int) -> Iterator[str]:
    """Yield the time for the corpus once, 4 times and 16 times."""
    copies = [folder / f"copy-{number}" for number in range(16)]
    for copy in copies:
        shutil.copytree(corpus, copy, copy_function=_link)
    rows = measure([vpnlint(*copies[:times]) for times in (1, 4, 16)], rounds)
    yield "## Growth"
    yield ""
    yield "| times the corpus | median | per corpus | peak memory |"
    yield "|--:|--:|--:|--:|"
    for times, row in zip((1, 4, 16), rows, strict=True):
        yield f"| {times} | {row.median:.2f} s | {row.median / times:.2f} s | {_memory(row)} |"


def clusters(tree: Path, folder: Path, rounds: int) -> Iterator[str]:
    """Yield the time for 1, 5, 30 and 150 clusters in one git repository, copies of one."""
    name, files = tree.name.replace("__", "/"), sum(1 for _ in yaml_files(tree))
    yield f"## Clusters in one git repository ({name}, {files} files each)"
    yield ""
    yield "| clusters | median | per cluster | peak memory |"
    yield "|--:|--:|--:|--:|"
    for number in (1, 5, 30, 150):
        root = folder / f"clusters-{number}"
        (root / ".git").mkdir(parents=True)
        for copy in range(number):
            shutil.copytree(tree, root / f"cluster-{copy}", copy_function=_link)
        (row,) = measure([vpnlint(root)], 1 if number > 5 else rounds)
        yield f"| {number} | {row.median:.2f} s | {row.median / number:.2f} s | {_memory(row)} |"
        shutil.rmtree(root)


def files_of_a_repository(tree: Path, folder: Path, rounds: int) -> Iterator[str]:
    """Yield the time for one file in its git repository: of several kinds without a client, and with one."""
    root = folder / "repository"
    shutil.copytree(tree, root, copy_function=shutil.copyfile)
    (root / ".git").mkdir(exist_ok=True)
    python = Bench('`python -c "import yaml"`', [sys.executable, "-c", "import yaml"], (0,))
    words = tuple(load_rules().catalog.words)
    files: dict[str, Path] = {}
    for path in sorted(yaml_files(root)):
        data = path.read_bytes()
        kinds = re.findall(rb"^kind: *(\w+)", data, re.MULTILINE)
        near = any(word in data.lower() for word in words)
        kind = kinds[0].decode() if kinds else ""
        if kind and (not near or kind == "HelmRelease"):
            files.setdefault(f"{kind} of a client" if near else kind, path)
    benches = [python, *(vpnlint(path)._replace(name=kind) for kind, path in sorted(files.items()))]
    benches += [
        vpnlint("--no-cache", path)._replace(name=f"{kind}, `--no-cache`")
        for kind, path in files.items()
        if kind.endswith("of a client")
    ]
    yield f"## One file in its repository ({tree.name.replace('__', '/')})"
    yield ""
    yield from table(measure(benches, min(rounds, 5)), "import")


def keystrokes(tree: Path, folder: Path, rounds: int) -> Iterator[str]:
    """Yield what a keystroke in files of a repository takes of the processor, with a warm server."""
    from vpnlint.editor.session import Session

    root = folder / "edited"
    shutil.copytree(tree, root, copy_function=shutil.copyfile)
    (root / ".git").mkdir(exist_ok=True)
    files = list(yaml_files(root))
    yield f"## A keystroke in an editor ({tree.name.replace('__', '/')}, {len(files)} files)"
    yield ""
    yield "| in the file | median | fastest to slowest |"
    yield "|---|--:|--:|"
    session = Session("utf-16")
    started = time.process_time()
    session.update([str(root)], {}, reread=False)
    first = time.process_time() - started
    for title, path in _edited_files(files).items():
        text, seconds = path.read_text(encoding="utf-8"), []
        for number in range(2 * rounds + 1):
            line = text.count("\n") // 2 + number % 7
            lines = text.split("\n")
            lines[line:line] = ["# " + "x" * number]
            started = time.process_time()
            session.update([str(root)], {str(path): "\n".join(lines)}, reread=False)
            seconds.append(time.process_time() - started)
        del seconds[0]
        span = f"{1000 * min(seconds):.0f} to {1000 * max(seconds):.0f} ms"
        yield f"| {title} | {1000 * statistics.median(seconds):.0f} ms | {span} |"
    yield ""
    yield f"Seconds of the processor. To open the folder takes {first:.1f} s."


def _edited_files(files: Sequence[Path]) -> dict[str, Path]:
    """Return files of several kinds to type in: a client's, what leads to it, and another one."""
    words = tuple(load_rules().catalog.words)
    texts = {path: path.read_bytes() for path in sorted(files)}
    found: dict[str, Path] = {}
    for path, data in texts.items():
        near = any(word in data.lower() for word in words)
        if near and b"kind: HelmRelease" in data:
            client = found.setdefault("the HelmRelease of a client", path)
            for name in ("kustomization.yaml", "../ks.yaml", "../../kustomization.yaml"):
                beside = Path(os.path.normpath(client.parent / name))
                if beside in texts:
                    found.setdefault(f"`{name}` beside it", beside)
        elif b"kind: HelmRelease" in data:
            found.setdefault("another HelmRelease", path)
    return found


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def yaml_files(folder: Path) -> Iterator[Path]:
    """Yield the YAML files below a folder."""
    return (path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())


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


def main() -> None:
    """Measure, print each part as it is there, and write them all to a file where asked."""
    parser = argparse.ArgumentParser(description="Time vpnlint beside other programs.")
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--rounds", type=int, default=10, help="runs of each program (default: 10)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the Markdown there, too")
    arguments = parser.parse_args()
    written = ["# Benchmarks", "", f"`make bench` printed this. {machine(arguments.rounds)}", ""]
    print("\n".join(written[2:]), flush=True)
    # An installed program has its bytecode; some environments forbid a checkout to write it.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as name:
        parts: list[Iterator[str]] = [one_file(Path(name), arguments.rounds)]
        if arguments.corpus.is_dir():
            repositories = arguments.corpus / "repos"
            parts.append(whole_corpus(repositories, arguments.rounds))
            parts.append(whole_repositories(arguments.corpus / "trees", arguments.rounds))
            parts.append(workloads(arguments.corpus, Path(name), arguments.rounds))
            parts.append(growth(repositories, Path(name), arguments.rounds))
            tree = arguments.corpus / "trees" / TYPICAL
            parts.append(files_of_a_repository(tree, Path(name), arguments.rounds))
            parts.append(clusters(tree, Path(name), arguments.rounds))
            parts.append(keystrokes(arguments.corpus / "trees" / LARGE, Path(name), arguments.rounds))
        else:
            parts.append(iter([f"Skipped: the corpus, which is not at {arguments.corpus}."]))
        parts.append(chain(["## Admission by a real API server", ""], admission(30 * arguments.rounds)))
        for part in parts:
            lines = [*part, ""]
            print("\n".join(lines), flush=True)
            written += lines
    if arguments.write:
        arguments.write.write_text("\n".join(written).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
