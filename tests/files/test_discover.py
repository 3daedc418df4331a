"""Finding and reading files: once each, in order, none that hangs, none that is silently left out."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.checkout import ROOT
from vpnlint.errors import InputError
from vpnlint.files.discover import discover
from vpnlint.files.reading import File, decode

MIB = 1 << 20


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    # pytest cannot remove what is nested too deep for Python.
    subprocess.run(["rm", "-rf", *(str(path) for path in tmp_path.iterdir())], check=True)


def write(*names: str) -> None:
    for name in names:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"name: {name}\n")


def found(*paths: str, word: bytes = b"word") -> list[str]:
    """Return the names of the files, and `name: message` of the problems."""
    items = discover(paths, lambda data: word in data)
    return [item.name if isinstance(item, File) else f"{item.file}: {item.message}" for item in items]


def test_yaml_files_are_found_in_a_stable_order() -> None:
    write("b.yaml", "a.yml", "z/a.yaml", "b/c/d.yaml", "b/a.yaml", ".hidden/x.yaml", "no.json", "b/yaml")
    expected = ["a.yml", "b.yaml", ".hidden/x.yaml", "b/a.yaml", "b/c/d.yaml", "z/a.yaml"]
    assert found(".") == expected
    assert found("./") == expected
    assert found("b/..") == expected


def test_named_files_are_read_whatever_their_name() -> None:
    write("no.json", "a/b.yaml")
    assert found("./no.json", "a/../a/b.yaml") == ["no.json", "a/b.yaml"]


def test_an_absolute_path_is_shown_relative_only_below_the_working_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("a/b.yaml", "c/d.yaml")
    assert found(str(folder / "a" / "b.yaml"), str(folder / "c")) == ["a/b.yaml", "c/d.yaml"]
    monkeypatch.chdir(folder / "c")
    assert found(str(folder / "a"), "../a/b.yaml") == [str(folder / "a" / "b.yaml")]


def test_a_file_is_read_once_whatever_leads_to_it() -> None:
    write("a/b.yaml", "a/c/d.yaml")
    Path("a/e.yaml").symlink_to("b.yaml")
    Path("a/f").symlink_to("c")
    Path("g").symlink_to("a")
    expected = ["a/b.yaml", "a/c/d.yaml"]
    assert found("a", "a/b.yaml", "a", "a/c", "g") == expected
    assert found("a/b.yaml", "a/c/d.yaml", "a") == expected
    assert found(".") == expected


def test_links_are_followed_out_of_the_folder_but_not_of_the_repository() -> None:
    write("out/x.yaml", "in/a.yaml", "one.yaml")
    Path("in/link").symlink_to("../out")
    Path("in/b.yaml").symlink_to("../one.yaml")
    assert found("in") == ["in/a.yaml", "in/b.yaml: leads outside of the repository; not read"]
    assert found("in/b.yaml") == ["in/b.yaml: leads outside of the repository; not read"]
    Path(".git").mkdir()
    assert found("in") == ["in/a.yaml", "in/b.yaml", "in/link/x.yaml"]


def test_links_lead_to_links() -> None:
    Path(".git").mkdir()
    write("out/x.yaml", "out/deep/y.yaml", "one.yaml", "in/a.yaml")
    Path("in/link").symlink_to("../out")
    Path("in/other").symlink_to("../out/deep")
    Path("in/b.yaml").symlink_to("../one.yaml")
    Path("in/no.txt").symlink_to("../one.yaml")
    assert found("in") == ["in/a.yaml", "in/b.yaml", "in/link/x.yaml", "in/link/deep/y.yaml"]


def test_loops_of_links_end() -> None:
    Path(".git").mkdir()
    write("a/b/c.yaml", "x/y.yaml")
    Path("a/b/up").symlink_to("..")
    Path("a/b/self.yaml").symlink_to("self.yaml")
    # Two folders that hold a link to each other: neither lies in the other.
    Path("a/x").symlink_to("../x")
    Path("x/a").symlink_to("../a")
    assert found("a") == [
        "a/b/c.yaml",
        "a/x/y.yaml",
        "a/b/self.yaml: cannot be read: Too many levels of symbolic links",
    ]


def test_folders_that_hold_no_manifests_are_left_out() -> None:
    write(".git/a.yaml", "node_modules/b.yaml", ".venv/c.yaml", ".terraform/d.yaml", "e.yaml")
    Path(".git/index").write_bytes(b"DIRC\0\0\0\2 e.yaml")
    assert found(".") == ["e.yaml"]


@pytest.mark.parametrize("index", [None, b"DIRC\0\0\0\2 node_modules/b.yaml", b"DIRC\0\0\0\4 e.yaml"])
def test_what_git_may_know_is_read_whatever_its_folder_is_called(index: bytes | None) -> None:
    write(".git/a.yaml", "node_modules/b.yaml", "e.yaml")
    if index is not None:
        Path(".git/index").write_bytes(index)
    assert found(".") == ["e.yaml", "node_modules/b.yaml"]


def test_templates_of_a_helm_chart_are_left_out_even_if_named() -> None:
    write("chart/Chart.yaml", "chart/templates/a.yaml", "chart/templates/sub/b.yaml", "templates/c.yaml")
    assert found(".") == ["chart/Chart.yaml", "templates/c.yaml"]
    assert found("chart/templates/a.yaml", "chart/templates/sub/b.yaml", "templates/c.yaml") == [
        "templates/c.yaml"
    ]


def test_what_is_not_there_or_holds_nothing_is_said() -> None:
    write("a/b.json")
    *others, nul = found("gone", "a", "a/b.json", "nul\0")
    assert others == [
        "gone: cannot be read: No such file or directory",
        "a: no YAML file is in this folder",
        "a/b.json",
    ]
    # Which function of Python's says so, and how, is another one in each version.
    assert re.fullmatch(r"nul\0: cannot be read: .*embedded null .*", nul)


def test_a_folder_named_like_a_file_is_a_folder() -> None:
    write("x.yaml/y.yaml")
    Path("link.yaml").symlink_to("x.yaml")
    Path("dangling.yaml").symlink_to("gone.yaml")
    assert found(".") == ["x.yaml/y.yaml", "dangling.yaml: cannot be read: No such file or directory"]


def test_pipes_and_sockets_are_not_waited_for() -> None:
    write("a.yaml")
    os.mkfifo("b.yaml")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("c.yaml")
        reason = "cannot be read: a pipe, a socket or a device"
        assert found(".") == ["a.yaml", f"b.yaml: {reason}", f"c.yaml: {reason}"]
        assert found("b.yaml", "c.yaml") == ["b.yaml", "c.yaml: cannot be read: No such device or address"]


def test_a_pipe_that_is_named_is_read_to_its_end() -> None:
    script = "import sys, time; time.sleep(0.2); print('a: 1', flush=True); time.sleep(0.2); print('b: 2')"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        assert process.stdout
        (item,) = discover([f"/dev/fd/{process.stdout.fileno()}"], lambda _: False)
    assert isinstance(item, File)
    assert item.data == b"a: 1\nb: 2\n"


def test_a_device_without_an_end_is_given_up() -> None:
    assert found("/dev/zero") == ["/dev/zero: larger than 8 MiB: no manifest is; it is not read"]


def test_large_files_are_a_problem_only_where_they_matter() -> None:
    with Path("without.yaml").open("wb") as file:
        file.truncate(20 * MIB)
    with Path("with.yaml").open("wb") as file:
        # Across the border of what is read at once.
        file.seek(12 * MIB - 2)
        file.write(b"WORD")
        file.truncate(20 * MIB)
    assert found(".") == ["with.yaml: larger than 8 MiB: no manifest is; it is not read"]


def test_a_file_of_several_reads_is_whole() -> None:
    data = bytes(range(1, 200)) * 5000
    Path("a.yaml").write_bytes(data)
    (item,) = discover(["a.yaml"], lambda _: False)
    assert item == File("a.yaml", data)


def test_folders_nested_deeper_than_python_calls_are_walked() -> None:
    here = Path.cwd()
    for _ in range(1200):
        Path("d").mkdir()
        os.chdir("d")
    write("a.yaml")
    os.chdir(here)
    assert found(".") == ["d/" * 1200 + "a.yaml"]


def test_what_git_crypt_has_encrypted_is_left_out() -> None:
    Path("a.yaml").write_bytes(b"\0GITCRYPT\0\x12\x34")
    write("b.yaml")
    assert found(".") == ["b.yaml"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_words_are_found_and_text_is_read_in_every_unicode_encoding(encoding: str) -> None:
    text = "kind: wörd 🚀\n"
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    Path("a.yaml").write_bytes((mark + text).encode(encoding))
    (item,) = discover(["a.yaml"], lambda _: False)
    assert isinstance(item, File)
    assert item.data == text.encode()
    assert decode(item) == text


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        (b"a: 1\nb: \xc3\xa9\xff\n", 2, 5, "not UTF-8 text; save it as UTF-8"),
        (b"\xff\xfea\0\n\0\0\xd8", 2, 1, "not UTF-8 text; save it as UTF-8"),
        (b"a: 1\nb\0\n", 2, 1, "a binary file, not YAML"),
    ],
)
def test_what_is_not_text_is_said_with_its_place(data: bytes, line: int, column: int, message: str) -> None:
    with pytest.raises(InputError) as caught:
        decode(File("a.yaml", data))
    assert (caught.value.line, caught.value.column, caught.value.message) == (line, column, message)


@pytest.mark.parametrize(
    ("data", "printed"),
    [
        (b"\xef\xbb\xbfa: 1", "b'a: 1'"),
        (b"", "b''"),
        (b" " * (9 * MIB), "<stdin>: larger than 8 MiB: no manifest is; it is not read"),
    ],
    ids=["mark", "empty", "large"],
)
def test_standard_input_is_read_and_bounded(data: bytes, printed: str) -> None:
    assert on_standard_input(input=data) == printed


def test_a_closed_standard_input_is_said() -> None:
    assert on_standard_input(preexec_fn=lambda: os.close(0)) == "<stdin>: cannot be read: it is closed"


def on_standard_input(**options: Any) -> str:  # noqa: ANN401  (as subprocess.run takes them)
    code = "print(getattr(item, 'data', item))"
    code = f"from vpnlint.files.discover import discover; (item,) = discover(['-'], lambda _: False); {code}"
    environment = {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, env=environment, **options
    )
    return str(run.stdout.decode().strip())
