"""What helps at the terminal: guesses at misspelt words, completion, explained places, `--watch`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.checkout import ROOT
from vpnlint.cli import main
from vpnlint.commands import watch

POD = f"""\
apiVersion: v1
kind: Pod
metadata: {{name: qb, namespace: media}}
spec:
  containers:
    - name: q
      image: ghcr.io/home-operations/qbittorrent:5.1.2@sha256:{"0" * 64}
"""
_WAIT = 30.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chek"], "did you mean check?"),
        (["check", "--doubt"], "unrecognized arguments: --doubt; did you mean --doubts?"),
        (["check", "--fali-on=error"], "unrecognized arguments: --fali-on=error; did you mean --fail-on?"),
        (["check", "--fail-on", "eror"], "did you mean error?"),
        (["emit", "kyvrno"], "did you mean kyverno?"),
        (["explain", "no-vpnn"], "there is no rule 'no-vpnn'; did you mean no-vpn?"),
        (["emit", "kyverno", "--only", "unbound-interfaces"], "; did you mean unbound-interface?"),
        (["check", "--zzzzzz"], "unrecognized arguments: --zzzzzz\n"),
    ],
)
def test_a_misspelt_word(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code = main(arguments)
    except SystemExit as ended:
        assert isinstance(ended.code, int)
        code = ended.code
    assert code == 2
    assert message in capsys.readouterr().err


def script(shell: str) -> str:
    command = [sys.executable, "-m", "vpnlint", "completion", shell]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout


def bash(*words: str) -> list[str]:
    """Return what bash proposes for the last of the words."""
    given = " ".join(f"'{word}'" for word in words)
    lines = [
        script("bash"),
        f"COMP_WORDS=(vpnlint {given})",
        f"COMP_CWORD={len(words)}",
        "_vpnlint",
        "printf '%s\\n' \"${COMPREPLY[@]}\"",
    ]
    program = "\n".join(lines)
    done = subprocess.run(
        ["bash", "-eu", "-c", program], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return done.stdout.split()


def fish(line: str) -> list[str]:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    program = f"source -; complete -C '{line}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", program],
        input=script("fish"),
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.stderr == ""
    return [part.split("\t")[0] for part in done.stdout.splitlines()]


PROPOSED = [
    (["che"], ["check"]),
    (["check", "--fail"], ["--fail-on"]),
    (["check", "--fail-on", ""], ["error", "never", "unknown", "warning"]),
    (["check", "--format", "sa"], ["sarif"]),
    (["explain", "no-"], ["no-exit-node", "no-vpn"]),
    (["emit", "ky"], ["kyverno"]),
    (["check", "pyproj"], ["pyproject.toml"]),
    (["check", "--config", "pyproj"], ["pyproject.toml"]),
]


@pytest.mark.parametrize(("words", "proposed"), PROPOSED)
def test_bash_completes(words: list[str], proposed: list[str]) -> None:
    assert sorted(bash(*words)) == proposed


@pytest.mark.parametrize(("words", "proposed"), PROPOSED)
def test_fish_completes(words: list[str], proposed: list[str]) -> None:
    assert sorted(fish(" ".join(["vpnlint", *words]))) == proposed


def test_zsh_takes_the_script(tmp_path: Path) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    (tmp_path / "_vpnlint").write_text(script("zsh"), encoding="utf-8")
    load = f"autoload -Uz compinit; compinit -u -d {tmp_path}/dump; source {tmp_path}/_vpnlint"
    program = f"{load}; print $_comps[vpnlint]"
    done = subprocess.run(["zsh", "-f", "-c", program], check=True, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("_vpnlint\n", "")


def test_bash_script_has_no_fault() -> None:
    command = [str(Path(sys.executable).parent / "shellcheck"), "--shell=bash", "-"]
    done = subprocess.run(command, input=script("bash"), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_line_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pod.yaml").write_text(POD, encoding="utf-8")
    assert main(["explain", "pod.yaml:6"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("pod.yaml:6:13: error: ")
    assert "\nWhy\n" in text
    assert "\npod.yaml:3: Pod media/qb: qbittorrent, egress none\n" in text
    assert "  lab/wireguard-none: LEAK at " in text
    assert main(["explain", "pod.yaml:2:1"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("pod.yaml:2: no finding here; this file has findings at line 6\n")
    assert "egress none" in text
    Path("pod.yaml").write_text(
        POD.replace("name: q\n", "name: q  # vpnlint: ignore[no-vpn] on the router\n"), encoding="utf-8"
    )
    assert main(["explain", "pod.yaml:6"]) == 0
    assert "  ignored: on the router\n" in capsys.readouterr().out
    assert main(["explain", "missing.yaml:6"]) == 2
    assert capsys.readouterr().err == "vpnlint: missing.yaml: no such file\n"


def test_a_place_in_a_chart_names_its_vpn(lone_fixtures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = lone_fixtures / "client-before-vpn" / "fail.client-first.yaml"
    assert main(["check", "--format", "line", str(file)]) == 1
    line = capsys.readouterr().out.split(":")[1]
    assert main(["explain", f"{file}:{line}"]) == 0
    assert "the torrent client" in capsys.readouterr().out


def test_watch_checks_again_when_a_file_changes(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    file = tmp_path / "pod.yaml"
    file.write_text(POD, encoding="utf-8")
    out, errors = (tmp_path.parent / f"{tmp_path.name}.{suffix}" for suffix in ("out", "errors"))
    waiting = "vpnlint: waiting for a change; Ctrl-C ends\n"
    with out.open("w") as output, errors.open("w") as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", "vpnlint", "check", "--watch", "--format", "line", "."],
            cwd=tmp_path,
            stdout=output,
            stderr=complaints,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509  (one thread)
        )
        try:
            wait_for(errors, waiting, 1)
            time.sleep(1.2 * watch.INTERVAL)
            assert out.read_text().count("no-vpn") == 1
            file.write_text(POD + "---\n" + POD.replace("name: qb", "name: other"), encoding="utf-8")
            wait_for(errors, waiting, 2)
            assert out.read_text().count("no-vpn") == 3
            process.send_signal(signal.SIGINT)
            process.wait(timeout=_WAIT)
        finally:
            process.kill()
    assert process.returncode == 1
    assert errors.read_text() == 2 * waiting


def wait_for(file: Path, text: str, times: int) -> None:
    end = time.monotonic() + _WAIT
    while file.read_text().count(text) < times:
        assert time.monotonic() < end, file.read_text()
        time.sleep(0.1)
