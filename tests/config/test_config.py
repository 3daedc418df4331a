"""`.vpnlint.yaml`: each setting has its effect, and each mistake its line and its sentence."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests import libyaml
from tests.checkout import ROOT
from vpnlint.cli import main
from vpnlint.config.config_file import read_configuration
from vpnlint.config.configuration import BASELINE_FILE, CONFIGURATION_FILE
from vpnlint.config.glob import Glob

SCHEMA = json.loads((ROOT / "docs" / "schema" / "config.schema.json").read_text(encoding="utf-8"))
POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  containers:
    - name: {container}
      image: {image}
"""
QBITTORRENT = f"ghcr.io/home-operations/qbittorrent:5.1.2@sha256:{'0' * 64}"
TOMORROW, YESTERDAY = date.today() + timedelta(days=1), date.today() - timedelta(days=1)


def write_pod(
    file: Path, name: str = "qb", namespace: str = "media", image: str = QBITTORRENT, container: str = "q"
) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(
        POD.format(name=name, namespace=namespace, image=image, container=container), encoding="utf-8"
    )


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    write_pod(tmp_path / "apps" / "qb" / "pod.yaml")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main(["check", "--format", "json", *arguments])
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, report


def rules(report: dict[str, Any]) -> list[str]:
    return [finding["rule"] for finding in report["findings"]]


def configure(folder: Path, text: str) -> None:
    (folder / CONFIGURATION_FILE).write_text(text, encoding="utf-8")


MISTAKES = [
    ("egres: []", 1, 1, "'egres' is not a key of a configuration; did you mean egress?"),
    ("- a", 1, 1, "a configuration must be a mapping such as `fail-on: error`"),
    (
        "fail-on: errors",
        1,
        10,
        "fail-on must be one of error, warning, unknown, never, not 'errors'; did you mean error?",
    ),
    ("severity:\n  no-vpn: fatal", 2, 11, "a severity must be error, warning or notice, not 'fatal'"),
    ("severity: error", 1, 11, "severity must map a rule to error, warning or notice"),
    ("severity: {no-vpnn: error}", 1, 12, "there is no rule 'no-vpnn'; did you mean no-vpn?"),
    (
        "ignore:\n  - {rule: no-vpnn, path: a, reason: b}",
        2,
        12,
        "there is no rule 'no-vpnn'; did you mean no-vpn?",
    ),
    ("ignore:\n  - {rule: no-vpn, path: a}", 2, 5, "an entry of ignore needs reason"),
    ("ignore:\n  - {rule: no-vpn, path: a, reason: ''}", 2, 37, "reason must be text"),
    ("ignore:\n  - {path: a, reason: b}", 2, 5, "an entry of ignore needs rule"),
    (
        "ignore:\n  - {rule: no-vpn, reason: b}",
        2,
        5,
        "an entry of ignore needs path, namespace or workload",
    ),
    (
        "ignore:\n  - {rule: no-vpn, pth: a, path: b, reason: b}",
        2,
        20,
        "'pth' is not a key of an entry of ignore; did you mean path?",
    ),
    ("ignore:\n  - no-vpn", 2, 5, "an entry of ignore must be a mapping"),
    ("ignore: no-vpn", 1, 9, "ignore must be a list of entries"),
    (
        "ignore:\n  - {rule: no-vpn, path: a, reason: b, until: soon}",
        2,
        47,
        "until must be a date such as 2027-01-31, not soon",
    ),
    (
        "ignore:\n  - {rule: no-vpn, workload: qb, reason: b}",
        2,
        30,
        "a workload must be KIND/NAMESPACE/NAME, such as HelmRelease/downloads/qbittorrent",
    ),
    ("egress:\n  - {namespace: media, reason: b}", 2, 5, "an entry of egress needs by"),
    (
        "egress:\n  - {namespace: media, by: ruter, reason: b}",
        2,
        28,
        "by must be one of router, vlan, node, other, not 'ruter'; did you mean router?",
    ),
    (
        "images: {registry.home/vpn: gluton}",
        1,
        29,
        "'gluton' is neither a program nor an image that vpnlint knows; did you mean gluetun?",
    ),
    (
        "images: gluetun",
        1,
        9,
        "images must map an image to the program that it runs: `registry.home/vpn: gluetun`",
    ),
    ("rules: [../elsewhere]", 1, 9, "../elsewhere is outside the repository"),
    ("paths: [/etc]", 1, 9, "/etc is outside the repository"),
    ("exclude: archive", 1, 10, "exclude must be a list of paths"),
    ("fail-on: error\n---\nfail-on: error", 3, 1, "a configuration must be one YAML document"),
    ("fail-on: error\nfail-on: never", 2, 1, None),
    ("fail-on: [", 2, None, None),
]


@pytest.mark.parametrize(("text", "line", "column", "message"), MISTAKES)
def test_each_mistake_has_its_line_and_its_sentence(
    text: str,
    line: int,
    column: int | None,
    message: str | None,
    repository: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(repository, text)
    code, report = checked(capsys)
    assert (code, report["findings"]) == (2, [])
    problem = report["problems"][0]
    assert (problem["file"], problem["line"]) == (CONFIGURATION_FILE, line)
    if message is not None:
        assert (problem["column"], problem["message"]) == (column, message)
        assert len(report["problems"]) == 1
    assert main(["check"]) == main(["matrix"]) == 2
    assert f"{CONFIGURATION_FILE}:{line}:" in capsys.readouterr().err


def test_all_mistakes_are_said_at_once(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(repository, "egres: []\nfail-on: no\nignore:\n  - {rule: no-vpn}\n")
    code, report = checked(capsys)
    assert code == 2
    assert [problem["line"] for problem in report["problems"]] == [1, 2, 4, 4]


def test_the_schema_says_what_the_reader_does(tmp_path: Path) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(SCHEMA)
    # What the schema cannot know: the rules, the catalogue, the file system, several documents.
    unknowable = ("no-vpnn", "gluton", "outside the repository", "one YAML", "a date such as")
    for text, _, _, message in MISTAKES:
        if message is not None and not any(part in f"{text} {message}" for part in unknowable):
            assert not validator.is_valid(libyaml.load(text)), text
    file = tmp_path / CONFIGURATION_FILE
    file.write_text(EVERYTHING, encoding="utf-8")
    assert read_configuration(file)[1] == ()
    validator.validate(json.loads(json.dumps(libyaml.load(EVERYTHING), default=str)))
    assert libyaml.load(EVERYTHING).keys() == SCHEMA["properties"].keys()


EVERYTHING = """\
egress:
  - {namespace: downloads, by: router, reason: VLAN 30 leaves through WireGuard, until: 2027-06-30}
  - {path: "apps/dl/**", by: vlan, reason: the same}
  - {workload: HelmRelease/downloads/qbittorrent, by: node, reason: the same}
ignore:
  - {rule: floating-image-tag, path: "apps/test/**", reason: throw-away}
images: {registry.home/tools/vpn: gluetun}
severity: {missing-tun-device: notice}
rules: [policy/vpnlint]
paths: [apps]
docs: https://vpnlint.example.org
exclude: ["archive/**"]
fail-on: error
"""


@pytest.mark.parametrize(
    "target",
    [
        "path: apps/qb/pod.yaml",
        'path: "apps/**"',
        "path: apps/qb",
        "namespace: media",
        "workload: Pod/media/qb",
        'workload: "*/media/q*"',
    ],
)
def test_an_entry_ignores_with_its_reason(
    target: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(repository, f"ignore: [{{rule: no-vpn, {target}, reason: on the router, until: {TOMORROW}}}]")
    code, report = checked(capsys)
    assert (code, report["findings"]) == (0, [])
    (ignored,) = report["ignored"]
    assert (ignored["reason"], ignored["until"], ignored["origin"]) == (
        "on the router",
        str(TOMORROW),
        "configuration",
    )
    code, report = checked(capsys, "--no-ignores")
    assert (code, rules(report)) == (1, ["no-vpn"])


@pytest.mark.parametrize(
    "target",
    ["path: other", "namespace: other", "workload: Pod/media/other", "namespace: media, path: other"],
)
def test_an_entry_for_nothing_is_a_finding(
    target: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(repository, f"ignore:\n  - {{rule: no-vpn, {target}, reason: on the router}}")
    code, report = checked(capsys)
    assert (code, rules(report)) == (1, ["unused-ignore", "no-vpn"])
    finding = report["findings"][0]
    assert (finding["file"], finding["line"], finding["message"]) == (
        CONFIGURATION_FILE,
        2,
        "this entry ignores no finding",
    )
    # Of a part of the repository it cannot be told.
    assert rules(checked(capsys, "apps/qb/pod.yaml")[1]) == ["no-vpn"]
    assert rules(checked(capsys, str(repository))[1]) == ["unused-ignore", "no-vpn"]
    assert rules(checked(capsys, "--no-ignores")[1]) == ["no-vpn"]


def test_an_expired_entry_is_a_finding_anywhere(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = f"ignore: [{{rule: no-vpn, namespace: media, reason: a, until: {YESTERDAY}}}]\n"
    entries += f"egress: [{{namespace: media, by: router, reason: a, until: {YESTERDAY}}}]\n"
    configure(repository, entries)
    code, report = checked(capsys, "apps/qb/pod.yaml")
    assert (code, rules(report)) == (1, ["unused-ignore", "unused-ignore", "no-vpn"])
    assert report["findings"][0]["message"] == f"this entry expired on {YESTERDAY}"


def test_unused_ignores_have_a_severity_and_can_be_lived_with(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(
        repository,
        "ignore: [{rule: no-vpn, path: other, reason: a}]\n"
        "severity: {unused-ignore: notice, no-vpn: warning}",
    )
    code, report = checked(capsys)
    assert (code, [finding["severity"] for finding in report["findings"]]) == (1, ["warning"])
    code, report = checked(capsys, "--notices", "--fail-on", "error")
    assert (code, [finding["severity"] for finding in report["findings"]]) == (0, ["notice", "warning"])


@pytest.mark.parametrize(
    "image", ["registry.home/tools/torrents:1", "registry.home:5000/a/tools/torrents@sha256:" + "0" * 64]
)
def test_an_image_of_ones_own_is_a_client(
    image: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pod(repository / "apps" / "own.yaml", "own", image=image)
    assert len(checked(capsys)[1]["workloads"]) == 1
    for meant in ("qbittorrent", "ghcr.io/home-operations/qbittorrent"):
        configure(repository, f"images: {{registry.home/tools/torrents: {meant}}}")
        workloads = checked(capsys)[1]["workloads"]
        assert [(workload["name"], workload["client"]) for workload in workloads] == [
            ("own", "qbittorrent"),
            ("qb", "qbittorrent"),
        ]


def test_an_image_of_ones_own_is_a_vpn(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vpn = "  initContainers:\n"
    vpn += "    - {name: vpn, image: registry.home/tools/vpn:v3.41.3, restartPolicy: Always,\n"
    vpn += "       securityContext: {privileged: true}}\n"
    file = repository / "apps" / "qb" / "pod.yaml"
    file.write_text(file.read_text(encoding="utf-8") + vpn, encoding="utf-8")
    assert checked(capsys)[1]["workloads"][0]["egress"] == "unknown"
    configure(repository, "images: {registry.home/tools/vpn: gluetun}")
    (workload,) = checked(capsys)[1]["workloads"]
    assert workload["egress"] == "sidecar"
    assert workload["matrix"]["vpn-crash"]["peers"]["verdict"] == "blocked"


def test_rules_paths_exclude_and_fail_on(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_pod(repository / "archive" / "old.yaml", "old")
    (repository / "archive" / "broken.yaml").write_text("kind: Pod\nspec: [qbittorrent\n", encoding="utf-8")
    write_pod(repository / "other" / "pod.yaml", "other")
    code, report = checked(capsys)
    assert (code, len(report["workloads"]), len(report["problems"])) == (2, 3, 1)
    configure(repository, 'exclude: ["archive/**"]')
    code, report = checked(capsys)
    assert (code, len(report["workloads"]), report["problems"]) == (1, 2, [])
    assert checked(capsys, "archive/broken.yaml", "archive/old.yaml")[1]["summary"]["files"] == 0
    configure(repository, "paths: [other]\nfail-on: never")
    code, report = checked(capsys)
    assert (code, [workload["name"] for workload in report["workloads"]]) == (0, ["other"])
    assert checked(capsys, "apps")[1]["workloads"][0]["name"] == "qb"
    assert checked(capsys, "--fail-on", "error")[0] == 1


def test_rules_of_the_repository(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = next((ROOT / "rules").glob("no-vpn.yaml")).read_text(encoding="utf-8")
    (repository / "policy").mkdir()
    (repository / "policy" / "own.yaml").write_text(
        own.replace("id: no-vpn", "id: own-rule"), encoding="utf-8"
    )
    configure(repository, "rules: [policy]")
    assert sorted(rules(checked(capsys)[1])) == ["no-vpn", "own-rule"]


def test_a_configuration_that_is_named_counts_alone(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(repository, "fail-on: never")
    (repository / "strict.yaml").write_text("fail-on: error", encoding="utf-8")
    assert checked(capsys)[0] == 0
    assert checked(capsys, "--config", "strict.yaml")[0] == 1
    assert main(["check", "--config", "missing.yaml"]) == 2
    assert capsys.readouterr().err == "vpnlint: missing.yaml: no such configuration file\n"


def test_it_is_found_from_any_folder_of_the_repository(
    repository: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    configure(repository, "fail-on: never")
    monkeypatch.chdir(repository / "apps")
    assert checked(capsys, ".")[0] == checked(capsys, "qb/pod.yaml")[0] == 0
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert checked(capsys, str(repository))[0] == 0


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# vpnlint: ignore[no-vpnn] a", "there is no rule 'no-vpnn' to ignore; did you mean no-vpn?"),
        (
            "# vpnlint: ignore[unbound-interface] a",
            "unbound-interface finds nothing here, so the comment ignores nothing",
        ),
        (f"# vpnlint: ignore[no-vpn] until {YESTERDAY} a", f"this comment expired on {YESTERDAY}"),
        (
            "# vpnlint: ignore[no-vpn, unbound-interface] a",
            "unbound-interface finds nothing here, so the comment ignores nothing",
        ),
    ],
)
def test_a_comment_that_ignores_nothing_is_a_finding(
    comment: str, message: str, repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_pod(repository / "apps" / "qb" / "pod.yaml", container=f"q {comment}")
    _, report = checked(capsys, "apps/qb/pod.yaml")
    (finding,) = [finding for finding in report["findings"] if finding["rule"] == "unused-ignore"]
    assert (finding["message"], finding["line"], finding["column"]) == (message, 6, 15)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("archive/**", ["archive/a", "archive/a/b"], ["archive", "archived/a", "x/archive/a"]),
        ("archive", ["archive", "archive/a/b"], ["archived", "x/archive"]),
        ("**/test/*.yaml", ["test/a.yaml", "x/y/test/a.yaml"], ["test/a/b.yaml", "xtest/a.yaml"]),
        ("apps/*/qb", ["apps/a/qb", "apps/a/qb/x"], ["apps/a/b/qb", "apps/qb"]),
        ("a?.yaml", ["ab.yaml"], ["a.yaml", "a/.yaml"]),
        ("[a].yaml", ["[a].yaml"], ["a.yaml"]),
        (".", ["a", "a/b"], []),
        ("./apps/", ["apps/a"], ["b"]),
    ],
)
def test_glob(pattern: str, yes: list[str], no: list[str]) -> None:
    assert [path for path in (*yes, *no) if Glob(pattern).matches(path)] == yes


@pytest.mark.parametrize("name", [CONFIGURATION_FILE, BASELINE_FILE])
def test_a_link_out_of_the_repository_is_not_followed(
    name: str, repository: Path, capsys: pytest.CaptureFixture[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.yaml"
    outside.write_text("password: secret\n", encoding="utf-8")
    (repository / name).symlink_to(outside)
    code, report = checked(capsys)
    assert code == 2
    (problem,) = report["problems"]
    assert problem["message"] == "is a link to a file outside the repository"
    assert "password" not in json.dumps(report)
    inside = repository / "config" / "inside"
    inside.parent.mkdir()
    inside.write_text(
        "fail-on: never\n" if name == CONFIGURATION_FILE else '{"version": 1, "findings": []}',
        encoding="utf-8",
    )
    (repository / name).unlink()
    (repository / name).symlink_to(inside)
    assert checked(capsys)[0] == (0 if name == CONFIGURATION_FILE else 1)


def test_unused_ignore_is_described_as_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "unused-ignore"]) == 0
    assert "silences something else tomorrow" in capsys.readouterr().out
    assert main(["rules", "--format", "json"]) == 0
    assert "unused-ignore" in [rule["id"] for rule in json.loads(capsys.readouterr().out)["rules"]]
