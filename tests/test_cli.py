"""The command line as a user runs it: `python -m vpnlint` in a folder with manifests."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from tests import libyaml
from tests.program import environment, vpnlint
from vpnlint import __version__

UNSAFE = """\
apiVersion: v1
kind: Pod
metadata: {name: torrents, namespace: media}
spec:
  containers:
    - name: qbittorrent
      image: ghcr.io/home-operations/qbittorrent:5.1.4
"""
OWN_RULE = """\
id: {id}
severity: {severity}
summary: A rule of our own
for: client
cases:
  - {{when: {deny}, answer: deny, say: &say "{{it.name}} is looked at by a rule of our own", help: &help change nothing}}
  - {{when: {doubt}, answer: doubt, say: *say, help: *help}}
why: To try the command line.
"""
UNRELATED = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "unsafe.yaml").write_text(UNSAFE)
    (tmp_path / "unrelated.yaml").write_text(UNRELATED)
    return tmp_path


def own_rule(folder: Path, severity: str = "error", deny: str = "false", doubt: str = "false") -> Path:
    """Make a folder with one rule; together with a Pod that no shipped rule denies it decides alone."""
    rules = folder / f"rules-{severity}-{deny}-{doubt}"
    rules.mkdir()
    text = OWN_RULE.format(id=f"own-{severity}", severity=severity, deny=deny, doubt=doubt)
    (rules / "own.yaml").write_text(text)
    return rules


@pytest.fixture
def safe(tmp_path: Path) -> Path:
    """Make a workload that no shipped rule denies: what its VPN does is known to nobody."""
    pod = libyaml.load(UNSAFE)
    image = f"ghcr.io/home-operations/qbittorrent:5.1.4@sha256:{'a' * 64}"
    pod["spec"]["containers"][0]["image"] = image
    gluetun = {
        "name": "gluetun",
        "image": f"docker.io/qmcgaw/gluetun:v3.41.1@sha256:{'b' * 64}",
        "startupProbe": {"exec": {"command": ["/gluetun-entrypoint", "healthcheck"]}},
        "restartPolicy": "Always",
        "securityContext": {"privileged": True},
    }
    pod["spec"]["initContainers"] = [gluetun]
    (tmp_path / "safe").mkdir()
    (tmp_path / "safe" / "safe.yaml").write_text(libyaml.dump(pod))
    return tmp_path / "safe"


def test_an_unsafe_workload(folder: Path) -> None:
    run = vpnlint("check", folder=folder)
    assert run.returncode == 1
    assert run.stderr == ""
    assert run.stdout.startswith("unsafe.yaml:")
    assert ": error: " in run.stdout
    assert "no-vpn (Pod media/torrents)" in run.stdout
    assert "\x1b" not in run.stdout


def test_a_safe_workload_is_one_quiet_line(safe: Path) -> None:
    run = vpnlint("check", folder=safe)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("No findings in 1 workload (1 file).")
    assert run.stdout.count("\n") == 1


def test_without_a_workload_nothing_is_said(folder: Path) -> None:
    run = vpnlint("check", "unrelated.yaml", folder=folder)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    run = vpnlint("check", "unrelated.yaml", "--verbose", folder=folder)
    assert (run.returncode, run.stdout) == (0, "No findings in 0 workloads (1 file).\n")


@pytest.mark.parametrize(
    ("severity", "deny", "doubt", "fail_on", "code"),
    [
        ("error", "true", "false", "error", 1),
        ("error", "true", "false", "warning", 1),
        ("error", "true", "false", "never", 0),
        ("warning", "true", "false", "error", 0),
        ("warning", "true", "false", "warning", 1),
        ("warning", "true", "false", "never", 0),
        ("error", "false", "true", "warning", 0),
        ("warning", "false", "true", "warning", 0),
    ],
)
def test_fail_on(safe: Path, severity: str, deny: str, doubt: str, fail_on: str, code: int) -> None:
    rules = own_rule(safe.parent, severity, deny, doubt)
    run = vpnlint("check", "--rules", str(rules), "--fail-on", fail_on, "--doubts", folder=safe)
    assert f"own-{severity}" in run.stdout
    assert run.returncode == code


def test_fail_on_is_warning_by_default(safe: Path) -> None:
    rules = own_rule(safe.parent, "warning", "true")
    assert vpnlint("check", "--rules", str(rules), folder=safe).returncode == 1


def test_several_rule_folders(safe: Path) -> None:
    folders = [own_rule(safe.parent, severity, "true") for severity in ("warning", "error")]
    run = vpnlint("check", "--rules", str(folders[0]), "--rules", str(folders[1]), folder=safe)
    assert "own-warning" in run.stdout
    assert "own-error" in run.stdout


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_what_cannot_be_read_is_exit_code_2_and_hides_no_finding(folder: Path, form: str) -> None:
    (folder / "broken.yaml").write_text("kind: Pod\nspec: [qbittorrent\n")
    run = vpnlint("check", ".", "missing.yaml", "--format", form, folder=folder)
    assert run.returncode == 2
    assert run.stderr.splitlines()[0].startswith("broken.yaml:3:1: not valid YAML")
    assert run.stderr.splitlines()[1] == "missing.yaml: cannot be read: No such file or directory"
    assert "no-vpn" in run.stdout
    if form == "github":
        assert "::error file=broken.yaml,line=3,col=1," in run.stdout


def test_a_broken_rule_is_exit_code_2_and_json_stays_json(safe: Path) -> None:
    rules = own_rule(safe.parent, deny="it.")
    run = vpnlint("check", "--rules", str(rules), "--format", "json", folder=safe)
    assert run.returncode == 2
    assert run.stderr.startswith(f"{rules}/own.yaml:6:")
    report = json.loads(run.stdout)
    assert (report["findings"], len(report["problems"])) == ([], 1)
    for command in (["rules"], ["explain", "no-vpn"]):
        run = vpnlint(*command, "--rules", str(rules), folder=safe)
        assert (run.returncode, run.stdout) == (2, "")
        assert run.stderr.startswith(f"{rules}/own.yaml:6:")


@pytest.mark.parametrize("arguments", [[], ["chek"], ["check", "--fail", "error"], ["explain"]])
def test_wrong_usage_is_exit_code_2(arguments: list[str], tmp_path: Path) -> None:
    run = vpnlint(*arguments, folder=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("usage: vpnlint")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "jsn"], "there is no format 'jsn'; did you mean json? (choose from "),
        (["--output", "xml=x.xml"], "there is no format 'xml'; did you mean html? (choose from "),
        (
            ["--output", "json", "--output", "github"],
            "only one format can go to standard output, not json and ",
        ),
        (["--output", "json=a", "--output", "sarif=a"], "--output: a is named twice"),
        (["--output", "json=no/such/folder"], "no/such/folder: cannot be written: No such file or directory"),
    ],
)
def test_outputs_that_cannot_be(arguments: list[str], message: str, folder: Path) -> None:
    before = sorted(folder.iterdir())
    run = vpnlint("check", *arguments, folder=folder)
    assert run.returncode == 2
    assert run.stderr.startswith(f"vpnlint: {message}")
    assert sorted(folder.iterdir()) == before


def test_several_reports_at_once(folder: Path) -> None:
    (folder / "old.sarif").write_text("what stood there before")
    (folder / "link.json").symlink_to("target.json")
    (folder / "summary.md").write_text("Another step.\n")
    places = {"GITHUB_STEP_SUMMARY": str(folder / "summary.md"), "GITHUB_WORKSPACE": str(folder)}
    wanted = ("--output", "sarif=old.sarif", "--output", "json=link.json", "--output", "github")
    run = vpnlint("check", *wanted, folder=folder, more=places)
    assert (run.returncode, run.stderr) == (1, "")
    assert run.stdout.startswith("::error file=unsafe.yaml,line=6,")
    assert json.loads((folder / "old.sarif").read_text())["version"] == "2.1.0"
    assert (folder / "link.json").is_symlink()
    assert json.loads((folder / "target.json").read_text())["version"] == 2
    assert (folder / "summary.md").read_text().startswith("Another step.\n### vpnlint\n")
    names = {"old.sarif", "link.json", "target.json", "summary.md", "unsafe.yaml", "unrelated.yaml"}
    assert {path.name for path in folder.iterdir()} == names


def test_version_and_help(tmp_path: Path) -> None:
    assert vpnlint("--version", folder=tmp_path).stdout == f"vpnlint {__version__}\n"
    assert vpnlint("--help", folder=tmp_path).returncode == 0


def test_standard_input(folder: Path) -> None:
    run = vpnlint("check", "-", folder=folder, input=UNSAFE)
    assert run.returncode == 1
    assert run.stdout.startswith("<stdin>:")
    assert " | " not in run.stdout


def test_json_lists_what_text_shows(folder: Path) -> None:
    report = json.loads(vpnlint("check", str(folder), "--format", "json", folder=folder).stdout)
    text = vpnlint("check", folder=folder).stdout
    places = [f"{found['file']}:{found['line']}:{found['column']}: " for found in report["findings"]]
    assert places
    assert places == [
        line.split(" ")[0] + " " for line in text.splitlines() if line.startswith("unsafe.yaml:")
    ]
    assert [(item["kind"], item["name"], item["egress"]) for item in report["workloads"]] == [
        ("Pod", "torrents", "none")
    ]


def test_doubts_shows_what_is_hidden_otherwise(folder: Path) -> None:
    # The Pod is unsafe for certain, so a doubt about it decides nothing.
    rules = own_rule(folder, doubt="true")
    hidden = vpnlint("check", "unsafe.yaml", "--rules", str(rules), folder=folder).stdout
    shown = vpnlint("check", "unsafe.yaml", "--rules", str(rules), "--doubts", folder=folder).stdout
    assert "own-error" not in hidden
    assert "1 more doubt with --doubts." in hidden
    assert ": doubt: qbittorrent is looked at by a rule of our own\n" in shown
    assert "with --doubts" not in shown


def test_an_internal_error_is_one_line_and_a_traceback_only_on_demand(folder: Path) -> None:
    script = """
import sys, vpnlint.check
def check(*_, **__): raise KeyError("a\\nb")
vpnlint.check.check = check
from vpnlint.cli import main
raise SystemExit(main(sys.argv[1:]))
"""
    for arguments, lines in (([], 1), (["--debug"], None)):
        run = vpnlint("check", *arguments, folder=folder, code=("-c", script))
        assert (run.returncode, run.stdout) == (3, "")
        assert run.stderr.splitlines()[-1].startswith("vpnlint: internal error: KeyError: 'a\\nb'")
        assert (run.stderr.count("\n") == 1) == (lines == 1)
        assert ("Traceback" in run.stderr) == ("--debug" in arguments)


def test_interrupted(folder: Path) -> None:
    command = [sys.executable, "-m", "vpnlint", "check", "-"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=folder, env=environment(), stdin=pipe, stdout=pipe, stderr=pipe
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdin.write(b"a")
        process.stdin.flush()
        # What was written is gone from the pipe once the run reads.
        deadline = time.monotonic() + 30
        while fcntl.ioctl(process.stdin, termios.FIONREAD, b"\0" * 4) != struct.pack("i", 0):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b"vpnlint: interrupted\n"
        assert process.stdout.read() == b""
        assert process.wait() == 130


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["check"], 1), (["rules"], 0), (["explain", "no-vpn"], 0), (["--help"], 0), (["render"], 0)],
)
def test_a_reader_that_went_away_is_no_error(folder: Path, arguments: list[str], code: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    run = vpnlint(*arguments, folder=folder, stdout=writing)
    os.close(writing)
    assert (run.returncode, run.stderr) == (code, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said(folder: Path) -> None:
    with Path("/dev/full").open("w") as full:
        run = vpnlint("check", folder=folder, stdout=full)
    assert (run.returncode, run.stderr) == (2, "vpnlint: cannot write the output: No space left on device\n")


def test_a_file_name_that_is_no_text(folder: Path) -> None:
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\x1b[31m.yaml")).write_text(UNSAFE)
    run = vpnlint("check", folder=folder)
    assert (run.returncode, run.stderr) == (1, "")
    assert "\\udcff[31m.yaml:" in run.stdout
    report = json.loads(vpnlint("check", "--format", "json", folder=folder).stdout)
    assert os.fsdecode(b"\xff\x1b[31m.yaml") in {found["file"] for found in report["findings"]}


def test_rules_lists_the_users_own_too(safe: Path) -> None:
    rules = own_rule(safe.parent, "warning", "true")
    table = vpnlint("rules", "--rules", str(rules), folder=safe).stdout.splitlines()
    assert [line.split()[0] for line in table] == sorted(line.split()[0] for line in table)
    own = next(line for line in table if line.startswith("own-warning "))
    assert own.split(maxsplit=2) == ["own-warning", "warning", "A rule of our own"]
    assert own.index("A rule") == table[0].index(table[0].split(maxsplit=2)[2])
    listed = json.loads(vpnlint("rules", "--format", "json", "--rules", str(rules), folder=safe).stdout)
    assert [rule["id"] for rule in listed["rules"]] == [line.split()[0] for line in table]


def test_explain(safe: Path) -> None:
    rules = own_rule(safe.parent)
    run = vpnlint("explain", "own-error", "--rules", str(rules), folder=safe)
    assert run.stdout == (
        "own-error (error)\nA rule of our own\n\nWhy\n  To try the command line.\n\nWhat it reports, and what to do\n"
        "  error: <name> is looked at by a rule of our own\n  doubt: <name> is looked at by a rule of our own\n"
        "    → change nothing\n\nAt admission\n"
        "  No policy: the answers depend on what the repository holds around a Pod, and a policy sees only\n"
        "  one object.\n"
    )
    run = vpnlint("explain", "own-eror", "--rules", str(rules), folder=safe)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "vpnlint: there is no rule 'own-eror'; did you mean own-error?\n"


def test_render_prints_what_kubernetes_reads_back_the_same(folder: Path) -> None:
    env = [
        {"name": "A", "value": text}
        for text in ("1e3", "off", "0o17", "null", "1_000", "~", "a: b", "ä\n\tb", "")
    ]
    pod = libyaml.load(UNSAFE)
    pod["spec"]["containers"][0]["env"] = env
    (folder / "unsafe.yaml").write_text(json.dumps(pod, indent=2))
    run = vpnlint("render", "unsafe.yaml", folder=folder)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("---\n# Source: unsafe.yaml:1\napiVersion: v1\n")
    assert "value: '1e3'\n" in run.stdout
    assert list(libyaml.load_all(run.stdout)) == [pod]
    again = vpnlint("render", "-", folder=folder, input=run.stdout).stdout
    assert list(libyaml.load_all(again)) == [pod]


def test_render_says_what_cannot_be_rendered(folder: Path) -> None:
    run = vpnlint("render", "unrelated.yaml", "missing.yaml", folder=folder)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == "missing.yaml: cannot be read: No such file or directory\n"
