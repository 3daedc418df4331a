"""Bad input: one clear line with file and place, exit 2, all findings of the other files, no traceback,
nothing written."""

from __future__ import annotations

import copy
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import Any, NamedTuple

import pytest
import yaml

from tests import libyaml
from tests.checkout import CORPUS, needs_corpus, take_turn
from tests.manifests import UNGUARDED
from tests.program import environment
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.results.result import Result
from vpnlint.ruleset.ruleset import Ruleset

MIB = 1 << 20
MEMORY = 120 * MIB
SECONDS = 10

HEAD = "# qbittorrent\napiVersion: apps/v1\nkind: Deployment\n"


class Run(NamedTuple):
    """What a run of the real program left: exit code, report, problems, bytes of memory at most, seconds."""

    code: int
    report: str
    problems: list[str]
    memory: int
    seconds: float


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return RULESET


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder that holds one good file with findings."""
    monkeypatch.chdir(tmp_path)
    Path("good.yaml").write_text(UNGUARDED)
    return tmp_path


# The kernel counts what a process was before it became another program, so a small one stands between pytest
# and vpnlint.
MEASURE = """\
import resource, subprocess, sys
code = subprocess.run(sys.argv[2:]).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(sys.argv[1], "w") as file:
    file.write(f"{used.ru_maxrss} {used.ru_utime + used.ru_stime}")
sys.exit(code)
"""


# From 0.2.6 on libyaml stops first, while it looks ahead (PyYAML 6.0.4 brings it).
DEEP = 206 if yaml.__version__ in ("6.0.2", "6.0.3") else 1006


def run(*arguments: str, before: Sequence[str] = ()) -> Run:
    """Run the real program, by way of another one if asked, and measure it."""
    command = [*before, sys.executable, "-m", "vpnlint", "check", *(arguments or ["."])]
    with TemporaryFile("w+") as report, TemporaryFile("w+") as problems, NamedTemporaryFile("r") as used:
        measured = [sys.executable, "-ISc", MEASURE, used.name, *command]
        code = subprocess.run(
            measured, stdin=subprocess.DEVNULL, stdout=report, stderr=problems, env=environment(), check=False
        ).returncode
        report.seek(0)
        problems.seek(0)
        memory, seconds = used.read().split()
        return Run(code, report.read(), problems.read().splitlines(), int(memory) << 10, float(seconds))


def assert_only(result: Run, *problems: str) -> None:
    """Hold that these are the problems, that the good file was judged all the same, and that limits were
    kept."""
    assert result.problems == list(problems)
    assert result.code == (2 if problems else 1)
    assert "good.yaml:9:" in result.report
    assert "no-vpn" in result.report
    assert result.memory < MEMORY
    assert result.seconds < SECONDS


def nested(opening: str, levels: int, closing: str = "") -> str:
    return HEAD + "spec: " + opening * levels + closing * levels


BAD: dict[str, tuple[bytes, str]] = {
    "malformed": (HEAD.encode() + b"spec: [\n", "bad.yaml:5:1: not valid YAML: did not find expected node content"),
    "tab": (HEAD.encode() + b"spec:\n\ta: 1\n", "bad.yaml:5:1: not valid YAML: found character that cannot start any token"),
    "binary": (b"# qbittorrent\nkind: Pod\n\x7fELF\0\0\1", "bad.yaml:3:1: a binary file, not YAML"),
    "control": (HEAD.encode() + b"spec: \x07\n", "bad.yaml:4:7: not valid YAML: the character U+0007 is not allowed"),
    "utf-8": (HEAD.encode() + b"spec: \xff\n", "bad.yaml:4:7: not UTF-8 text; save it as UTF-8"),
    "latin-1": ("kind: Pod # café qbittorrent\n".encode("latin-1"), "bad.yaml:1:16: not UTF-8 text; save it as UTF-8"),
    "undefined alias": (HEAD.encode() + b"spec: *a\n", "bad.yaml:4:7: not valid YAML: found undefined alias"),
    "alias in itself": (HEAD.encode() + b"spec: &a [*a]\n", "bad.yaml:4:7: an alias in this value contains the value itself"),
    "key twice": (UNGUARDED.encode() + b"kind: Pod\n", "bad.yaml:11:1: the key 'kind' is given twice; Flux refuses it"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_read(name: str) -> None:
    data, problem = BAD[name]
    Path("bad.yaml").write_bytes(data)
    assert_only(run(), problem)


BOMB = "".join(
    f"  {b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD + "spec:\n  a: &a [x]\n" + BOMB, "10:6: aliases multiply this to more than 100,000 values or 200 levels"),
        (nested("[", 10_000, "]"), f"4:{DEEP}: nested deeper than 200 levels, deeper than any manifest"),
        (nested("[", 1_000_000), f"4:{DEEP}: nested deeper than 200 levels, deeper than any manifest"),
        (nested("{a: ", 10_000, "}"), "4:803: nested deeper than 200 levels, deeper than any manifest"),
        (HEAD + "- " * 10_000, "4:1: not valid YAML: did not find expected key"),
        ("# qbittorrent\nkind: Pod\n---\n# qbittorrent\n" + "- " * 10_000, "5:401: nested deeper than 200 levels, deeper than any manifest"),
        ("# qbittorrent\nkind: Pod\n---\n# qbittorrent\n" + "- " * 1_000_000, "5:401: nested deeper than 200 levels, deeper than any manifest"),
        (HEAD + "spec:\n" + "".join(f"{' ' * level}a:\n" for level in range(1, 1500)), "204:201: nested deeper than 200 levels, deeper than any manifest"),
        (HEAD + "spec: [" + "a, " * 500_000 + "]", "4:299987: more than 100,000 values, more than any manifest has"),
        (HEAD + "spec: " + "a" * (4 * MIB), "1:1: larger than 3 MiB, which Kubernetes does not accept"),
    ],
    ids=["bomb", "flow", "flow-million", "maps", "dashes-value", "dashes", "dashes-million", "block", "many", "large"],
)  # fmt: skip
def test_what_would_take_all_time_or_memory(text: str, problem: str) -> None:
    Path("bad.yaml").write_text(text)
    assert_only(run(), f"bad.yaml:{problem}")


@pytest.mark.parametrize(
    ("named", "word"),
    take_turn(
        [(named, word) for named in ((), ("long.yaml", "good.yaml")) for word in (b"qbittorrent", b"")], of=4
    ),
)
def test_a_line_of_100_megabytes(named: tuple[str, ...], word: bytes) -> None:
    """A folder and the file itself are asked about, with a client's name and without, by four commits;
    `make properties` tries all."""
    with Path("long.yaml").open("wb") as file:
        file.writelines(b"a" * 1_000_000 for _ in range(100))
        file.write(word)
    problems = ["long.yaml: larger than 8 MiB: no manifest is; it is not read"] if word else []
    assert_only(run(*named), *problems)
    os.truncate("long.yaml", 0)


def test_folders_links_and_pipes() -> None:
    Path("empty").mkdir()
    Path("loop.yaml").symlink_to("loop.yaml")
    Path("up").symlink_to(".")
    os.mkfifo("pipe.yaml")
    Path("nothing.yaml").touch()
    Path("secret.yaml").write_bytes(b"\0GITCRYPT\0qbittorrent kind: Pod")
    Path("chart/templates").mkdir(parents=True)
    Path("chart/Chart.yaml").write_text("name: qbittorrent\n")
    Path("chart/templates/pod.yaml").write_text("kind: Pod # qbittorrent\nspec: {{ .Values.x }}\n")
    assert_only(
        run("gone", "empty", ".", "secret.yaml", "chart/templates/pod.yaml", "nothing.yaml"),
        "empty: no YAML file is in this folder",
        "gone: cannot be read: No such file or directory",
        "loop.yaml: cannot be read: Too many levels of symbolic links",
        "pipe.yaml: cannot be read: a pipe, a socket or a device",
    )


def test_an_unreadable_file_and_folder() -> None:
    """Root reads whatever the permissions are, so it runs without the capabilities to."""
    command: list[str] = []
    if os.getuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root needs setpriv to give up reading everything")
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    for name in ("closed/a.yaml", "bad.yaml"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text(UNGUARDED)
    Path("bad.yaml").chmod(0)
    Path("closed").chmod(0)
    result = run(before=command)
    Path("closed").chmod(0o755)
    assert_only(
        result, "bad.yaml: cannot be read: Permission denied", "closed: cannot be read: Permission denied"
    )


REFUSED = "so this is not judged"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("spec:\n  template:", "spec: []\nx:\n  template:", "5:1: spec must be a mapping"),
        ("    spec:\n", "    spec: 3\n    x:\n", "7:5: spec.template.spec must be a mapping"),
        ("      containers:\n", "      containers: 3\n      x:\n", "8:7: spec.template.spec.containers must be a list"),
        ("        - name: q", "        - 3\n        - name: q", "9:11: spec.template.spec.containers[0] must be a mapping"),
        ("name: qbittorrent\n          image", "name: 7\n          image", "9:11: spec.template.spec.containers[0].name must be a string"),
        ("- name: qbittorrent\n          ", "- ", "9:11: spec.template.spec.containers[0] has no name"),
        ("image: ghcr.io", "image: {}\n          x: ghcr.io", "10:11: spec.template.spec.containers[0].image must be a string"),
        ("image: g", "env: x\n          image: g", "10:11: spec.template.spec.containers[0].env must be a list"),
        ("image: g", "env: [3]\n          image: g", "10:17: spec.template.spec.containers[0].env[0] must be a mapping"),
        ("image: g", "env: [{name: A, valueFrom: {fieldRef: {}}}]\n          image: g", "10:39: spec.template.spec.containers[0].env[0].valueFrom.fieldRef has no fieldPath"),
        ("image: g", "args: [~]\n          image: g", "10:18: spec.template.spec.containers[0].args[0] must be a scalar"),
        ("      containers", "      volumes: {a: b}\n      containers", "8:7: spec.template.spec.volumes must be a list"),
    ],
)  # fmt: skip
def test_a_workload_of_wrong_types(ruleset: Ruleset, old: str, new: str, problem: str) -> None:
    assert UNGUARDED.count(old) == 1
    Path("bad.yaml").write_text(UNGUARDED.replace(old, new))
    result = check(["."], ruleset)
    assert [str(found) for found in result.problems] == [f"bad.yaml:{problem}, {REFUSED}"]
    assert {finding.span.file for finding in result.findings} == {"good.yaml"}


@pytest.mark.parametrize(
    "text",
    [
        UNGUARDED.replace("metadata:\n  name: qbittorrent\n", "metadata: null\n"),
        UNGUARDED.replace("  name: qbittorrent\nspec", "  name: 7\nspec"),
        UNGUARDED.replace("image: g", "env: ~\n          envFrom:\n          args: null\n          image: g"),
        UNGUARDED.replace("image: g", "env: [{name: A, value: ~}, {name: B, value: 3}]\n          image: g"),
        UNGUARDED.replace("image: g", "securityContext: {privileged: '${X}'}\n          image: g"),
    ],
    ids=["metadata", "name", "nulls", "values", "variable"],
)
def test_what_is_odd_but_can_be_judged_is_judged(ruleset: Ruleset, text: str) -> None:
    assert text != UNGUARDED
    Path("bad.yaml").write_text(text)
    result = check(["bad.yaml"], ruleset)
    assert result.problems == ()
    assert "no-vpn" in {finding.rule for finding in result.findings}


def test_wrong_types_in_what_is_no_torrent_client_are_not_our_matter(ruleset: Ruleset) -> None:
    Path("bad.yaml").write_text(
        UNGUARDED.replace("qbittorrent", "web").replace("image: g", "env: x\n          image: g")
    )
    assert check(["bad.yaml"], ruleset).problems == ()


RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: qbittorrent}
spec:
  chart: {spec: {chart: app-template, version: 4.1.1, sourceRef: {kind: HelmRepository, name: bjw-s}}}
  values: VALUES
"""


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ("x", ""),
        ("[]", ""),
        ("3", ""),
        ("{controllers: 3}", ".controllers"),
        ("{controllers: {main: x}}", ".controllers.main"),
        ("{controllers: {main: {containers: [x]}}}", ".controllers.main.containers"),
    ],
)
def test_values_that_are_no_mapping_are_a_problem(ruleset: Ruleset, values: str, wrong: str) -> None:
    Path("bad.yaml").write_text(RELEASE.replace("VALUES", values))
    (problem,) = check(["."], ruleset).problems
    assert problem.message == f"spec.values{wrong} must be a mapping, {REFUSED}"
    assert (problem.file, problem.line) == ("bad.yaml", 6)


@pytest.mark.parametrize(
    "chart", ["app-template, version: 4.1.1", "app-template, version: 1.5.1", "qbittorrent"]
)
@pytest.mark.parametrize("source", ["bjw-s", "truecharts", "k8s-at-home"])
@pytest.mark.parametrize(
    "values",
    ["{controllers: 3}", "{controllers: [x]}", "{controllers: {main: x}}", "{controllers: {main: {containers: 3}}}",
     "{controllers: {main: {containers: {main: {image: x, env: x, probes: 3, resources: []}}}}, persistence: [3]}",
     "{workload: 3}", "{workload: {main: {podSpec: x}}}", "{image: 3, env: 3, addons: x, persistence: x}",
     "{image: {repository: {}}, addons: {vpn: {enabled: x, gluetun: 3}}}"],
)  # fmt: skip
def test_values_of_wrong_types_end_in_no_finding_or_in_one_of_the_release(
    ruleset: Ruleset, chart: str, source: str, values: str
) -> None:
    """What a chart doesn't read may be of any type, so that some of these are judged with the chart's
    defaults."""
    text = RELEASE.replace("VALUES", values).replace("app-template, version: 4.1.1", chart)
    Path("bad.yaml").write_text(text.replace("bjw-s", source))
    result = check(["."], ruleset)
    assert {finding.span.file for finding in result.findings} >= {"good.yaml"}
    assert {problem.file for problem in result.problems} <= {"bad.yaml"}


def test_nothing_is_written_anywhere(folder: Path) -> None:
    for number, (data, _) in enumerate(BAD.values()):
        Path(f"bad{number}.yaml").write_bytes(data)
    before = {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]}
    assert run().code == 2
    assert {path: path.stat().st_mtime_ns for path in [folder, *folder.rglob("*")]} == before


WRONG: list[object] = [
    None,
    3,
    -1.5,
    True,
    "x",
    "",
    [],
    {},
    [None],
    [{}],
    {"name": 7},
    "$" + "{VAR}",
    "{{ .Values.x }}",
    "{{",
    2**63,
]
BYTES = b"\0\t\n\r &*!|>%@{}[]:,#?-\"'\\\xff\x85ab0"


@needs_corpus
def test_no_mutation_of_a_real_manifest_raises(ruleset: Ruleset) -> None:
    seed = 20261122
    chance = random.Random(seed)
    files = [path.read_bytes() for path in sorted((CORPUS / "repos").rglob("*.yaml"))]
    files = [data for data in files if b"qbittorrent" in data and b"kind: HelmRelease" in data]
    deadline = time.monotonic() + 3
    runs = 0
    while time.monotonic() < deadline or runs < 50:
        runs += 1
        data = chance.choice(files)
        mutate = mutated_tree if runs % 2 else mutated_bytes
        Path("bad.yaml").write_bytes(mutate(data, chance))
        result = check(["bad.yaml", "good.yaml"], ruleset)
        assert isinstance(result, Result), (seed, runs)
        assert any(finding.span.file == "good.yaml" for finding in result.findings), (seed, runs)


def mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice([1, 2, 5, 20])):
        at, other = chance.randrange(len(changed)), chance.randrange(len(changed))
        piece = bytes([chance.choice(BYTES)]) * chance.choice([1, 1, 3, 50])
        changed[at : at + chance.choice([0, 0, 1, 40])] = chance.choice(
            [b"", piece, changed[other : other + 100]]
        )
    return bytes(changed)


def mutated_tree(data: bytes, chance: random.Random) -> bytes:
    try:
        documents = [document for document in libyaml.load_all(data) if isinstance(document, dict)]
    except yaml.YAMLError:
        return data
    for document in documents:
        for _ in range(chance.choice([1, 2, 4])):
            parent, step = chance.choice(list(steps(document)))
            kind = chance.random()
            if kind < 0.3:
                parent[step] = chance.choice(WRONG)
            elif kind < 0.6:
                other, place = chance.choice(list(steps(document)))
                parent[step] = copy.deepcopy(other[place])
            elif len(document) > 1:
                del parent[step]
    return libyaml.dump_all(documents).encode()


def steps(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401  (YAML of any shape)
    """Yield every place below a value as its parent and its key or index."""
    for step in (
        list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    ):
        yield value, step
        yield from steps(value[step])


def test_what_flux_refuses_is_no_matter_in_a_file_that_is_not_for_it(folder: Path) -> None:
    Path("other.yaml").write_text("qbittorrent: 1\nqbittorrent: 2\n")
    assert_only(run("good.yaml", "other.yaml"))


def test_a_key_twice_is_no_matter_in_a_file_without_a_client_that_argo_may_take(folder: Path) -> None:
    """Argo CD takes the last one. Asked by itself, such a file says what a run over all says of it."""
    application = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: NAME}\n"
        "spec: {source: {repoURL: https://example.org/this, path: NAME}}\n"
    )
    (folder / ".git").mkdir()
    for name in ("media", "backup"):
        (folder / name).mkdir()
    Path("media.yaml").write_text(application.replace("NAME", "media"))
    Path("good.yaml").rename("media/good.yaml")
    backup = Path("backup.yaml")
    backup.write_text(application.replace("NAME", "backup") + "metadata: {name: backup}\n")
    job = Path("backup/job.yaml")
    job.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: j}\nkind: ConfigMap\n")
    assert [run(str(path)).code for path in (backup, job)] == [0, 0]
    assert run().problems == []
