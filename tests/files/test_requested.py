"""Context for one file: what is said of it is what a whole run says, whatever file of a workload is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.gitops.repositories import ks, lay_out, pod
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.results.finding import Finding
from vpnlint.results.result import JudgedWorkload, Result
from vpnlint.source.compose import compose_document

RELEASE = """\
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata: {name: qbittorrent}
    spec:
      chartRef: {kind: OCIRepository, name: app-template}
      valuesFrom: [{kind: ConfigMap, name: values}]
      values:
        controllers:
          main:
            containers:
              app:
                image: {repository: ghcr.io/home-operations/qbittorrent, tag: "${TAG}"}
                envFrom: [{configMapRef: {name: env}}]
    """
TWICE = """\
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata: {{name: {0}}}
    spec:
      chart: {{spec: {{chart: ./charts/{1}, sourceRef: {{kind: GitRepository, name: flux-system}}}}}}
      values: {{a: 1, a: 2}}
    """
# A client whose image, VPN, start order and settings each stand in another file.
FILES = {
    "flux/apps.yaml": ks("apps", "./apps"),
    "apps/kustomization.yaml": "namespace: media\nresources: [qb/ks.yaml, other/ks.yaml, vars.yaml]\n",
    "apps/vars.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars}\ndata: {TAG: latest}\n",
    "apps/qb/ks.yaml": ks(
        "qb",
        "./apps/qb/app",
        """\
        targetNamespace: media
        components: [../../../components/vpn]
        postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}]}
        """,
    ),
    "apps/qb/app/kustomization.yaml": """\
        resources: [helmrelease.yaml, env.yaml, oci.yaml]
        patches: [{path: patch.yaml}]
        configMapGenerator: [{name: values, files: [values.yaml], options: {disableNameSuffixHash: true}}]
        """,
    "apps/qb/app/helmrelease.yaml": RELEASE,
    "apps/qb/app/values.yaml": "controllers: {main: {pod: {hostname: qb}}}\n",
    "apps/qb/app/patch.yaml": """\
        apiVersion: helm.toolkit.fluxcd.io/v2
        kind: HelmRelease
        metadata: {name: qbittorrent}
        spec: {values: {controllers: {main: {containers: {app: {env: {QBT_Preferences__Connection__Interface: tun0}}}}}}}
        """,
    "apps/qb/app/env.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: env}\ndata: {QBT_TORRENTING_PORT: '6881'}\n",
    "apps/qb/app/oci.yaml": """\
        apiVersion: source.toolkit.fluxcd.io/v1
        kind: OCIRepository
        metadata: {name: app-template}
        spec: {url: "oci://ghcr.io/bjw-s-labs/helm/app-template", ref: {tag: 4.4.0}}
        """,
    "components/vpn/kustomization.yaml": """\
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        patches: [{path: vpn.yaml, target: {kind: HelmRelease}}]
        """,
    "components/vpn/vpn.yaml": """\
        - op: add
          path: /spec/values/controllers/main/containers/vpn
          value:
            image: {repository: ghcr.io/qdm12/gluetun, tag: v3.41.0}
            env: {FIREWALL: "off"}
        """,
    "apps/other/ks.yaml": ks("other", "./apps/other/app", "targetNamespace: media\n"),
    "apps/other/app/kustomization.yaml": "resources: [pod.yaml]\n",
    "apps/other/app/pod.yaml": pod("other"),
}
OF_QBITTORRENT = [name for name in FILES if name.startswith(("apps/qb/", "components/"))]


def said(result: Result, name: str) -> tuple[list[JudgedWorkload], list[Finding]]:
    """Return how the workloads of a name were judged, and what was found in them."""
    titles = {
        f"{one.kind} {'/'.join(filter(None, (one.namespace, one.name)))}"
        for one in result.workloads
        if one.name == name
    }
    return (
        [judged for judged in result.workloads if judged.name == name],
        [finding for finding in result.findings if finding.workload in titles],
    )


def below(file: str, root: Path) -> str:
    return Path(file).resolve().relative_to(root).as_posix()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lay_out(tmp_path_factory.mktemp("repository"), FILES)


@pytest.fixture(scope="module")
def whole(repository: Path) -> Result:
    return check([str(repository)], RULESET)


def test_findings_stand_in_the_file_that_holds_what_is_wrong(whole: Result, repository: Path) -> None:
    assert whole.problems == ()
    assert [(judged.name, judged.namespace) for judged in whole.workloads] == [
        ("other", "media"),
        ("qbittorrent", "media"),
    ]
    _, findings = said(whole, "qbittorrent")
    assert {
        (below(item.span.file, repository), *item.span[1:3], item.rule, item.answer) for item in findings
    } == {
        ("apps/qb/app/helmrelease.yaml", 12, 75, "floating-image-tag", "deny"),
        ("apps/qb/app/patch.yaml", 4, 103, "ineffective-setting", "deny"),
        ("apps/qb/app/helmrelease.yaml", 11, 11, "unbound-interface", "deny"),
        ("components/vpn/vpn.yaml", 3, 3, "missing-net-admin", "deny"),
        ("components/vpn/vpn.yaml", 5, 21, "obsolete-vpn-env", "deny"),
        ("components/vpn/vpn.yaml", 3, 3, "missing-tun-device", "doubt"),
    }


@pytest.mark.parametrize("name", OF_QBITTORRENT)
def test_any_file_of_a_workload_says_what_a_whole_run_says(
    name: str, whole: Result, repository: Path
) -> None:
    result = check([str(repository / name)], RULESET)
    assert result.problems == ()
    assert said(result, "qbittorrent") == said(whole, "qbittorrent")
    assert said(result, "other") == ([], [])


def test_variables_and_kustomizations_above_say_the_same_of_all_that_they_lead_to(
    whole: Result, repository: Path
) -> None:
    for name in ("flux/apps.yaml", "apps/kustomization.yaml"):
        result = check([str(repository / name)], RULESET)
        assert (result.workloads, result.findings, result.problems) == (whole.workloads, whole.findings, ())


def test_a_file_by_its_relative_name(
    whole: Result, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository / "apps/qb/app")
    result = check(["helmrelease.yaml"], RULESET)
    found = {(item.rule, item.span.file, item.span.line) for item in result.findings}
    # What lies outside the working directory is shown by its whole path.
    assert ("floating-image-tag", "helmrelease.yaml", 12) in found
    assert ("missing-net-admin", str(repository / "components/vpn/vpn.yaml"), 3) in found
    assert len(result.findings) == len(said(whole, "qbittorrent")[1])


def test_a_file_that_is_not_applied_for_certain_is_not_judged_but_named(
    repository: Path, tmp_path: Path
) -> None:
    root = lay_out(tmp_path, FILES | {"apps/qb/app/copy.yaml": pod("copy")})
    result = check([str(root / "apps/qb/app/copy.yaml")], RULESET)
    assert (result.workloads, result.findings, result.not_judged) == ((), (), ())
    assert [below(file, root) for file in result.not_applied] == ["apps/qb/app/copy.yaml"]


def test_a_file_that_somebody_may_apply_by_hand_is_judged(repository: Path, tmp_path: Path) -> None:
    root = lay_out(tmp_path, FILES | {"archive/pod.yaml": pod("old")})
    for paths in ([str(root / "archive/pod.yaml")], [str(root)]):
        (old,) = (workload for workload in check(paths, RULESET).workloads if workload.name == "old")
        assert old.applied == "nothing-followed"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("apps/other.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n"),
        (".github/workflows/ci.yaml", "on: push\njobs: {a: {runs-on: ubuntu}}\n"),
        ("taskfile.yaml", "version: '3'\n"),
    ],
)
def test_an_unrelated_file_costs_nothing(
    name: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = lay_out(tmp_path, FILES | {name: text})
    parsed: list[str] = []

    def counting(chunk: str, file: str, line: int) -> object:
        parsed.append(file)
        return compose_document(chunk, file, line)

    monkeypatch.setattr("vpnlint.source.document.compose_document", counting)
    result = check([str(root / name)], RULESET)
    assert (result.workloads, result.findings, result.problems, result.files) == ((), (), (), 1)
    assert parsed in ([], [str(root / name)])
    check([str(root / "apps/qb/ks.yaml")], RULESET)
    assert str(root / "apps/qb/app/helmrelease.yaml") in parsed
    assert str(root / name) not in parsed[1:]


def test_outside_of_a_repository_nothing_around_a_file_is_read(tmp_path: Path) -> None:
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: q, image: linuxserver/qbittorrent:5.1.2}]}\n"
    (tmp_path / "pod.yaml").write_text(pod)
    (tmp_path / "kustomization.yaml").write_text("namespace: media\nresources: [pod.yaml]\n")
    paths = [str(tmp_path / "pod.yaml")]
    assert [workload.namespace for workload in check(paths, RULESET).workloads] == [""]
    (tmp_path / ".git").mkdir()
    assert [workload.namespace for workload in check(paths, RULESET).workloads] == ["media"]


def test_a_key_given_twice_is_the_same_problem_alone_and_with_all_others(tmp_path: Path) -> None:
    """kustomize refuses both releases; nothing is asked of the one that has to do with no client."""
    root = lay_out(
        tmp_path,
        {
            "flux.yaml": ks("qb", "./qb") + "---\n" + ks("web", "./web"),
            "qb/qb.yaml": TWICE.format("qb", "qbittorrent"),
            "web/web.yaml": TWICE.format("web", "podinfo"),
        },
    )
    twice = [str(problem) for problem in check([str(root)], RULESET).problems]
    assert ["qb.yaml" in problem for problem in twice] == [True]
    assert [str(problem) for problem in check([str(root / "qb/qb.yaml")], RULESET).problems] == twice
    assert check([str(root / "web/web.yaml")], RULESET).problems == ()
    both = check([str(root / "qb/qb.yaml"), str(root / "web/web.yaml")], RULESET)
    assert [str(problem) for problem in both.problems] == twice


@pytest.mark.parametrize(
    ("name", "text", "is_problem"),
    [
        ("broken.yaml", "apiVersion: v1\nkind: ConfigMap\ndata: [\n", True),
        ("kustomization.yaml", "resources: [\n", True),
        ("client.yaml", "image: qbittorrent\nports: [\n", True),
        ("cloud-init.yaml", "#cloud-config\n%{ for key in keys ~}\n- ${key}\n", False),
        ("broken-values.yaml", "a: [\n", True),
        ("ansible.yaml", "{% if a %}\na: [\n", False),
        ("qbittorrent.properties", "A=b\n\n# c\nB=c, d\n", False),
    ],
)
def test_what_is_malformed_in_a_named_file_is_a_problem_of_who_reads_it(
    tmp_path: Path, name: str, text: str, is_problem: bool
) -> None:
    """Nobody reads a template of another program as YAML, nor what has another ending."""
    root = lay_out(tmp_path, {"pod.yaml": pod("qb"), name: text})
    result = check([str(root / name)], RULESET)
    assert bool(result.problems) is is_problem
