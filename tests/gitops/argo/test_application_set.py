"""An ApplicationSet makes the Applications that Argo CD would, or says why that cannot be told."""

from __future__ import annotations

import os
import time
from pathlib import Path
from textwrap import dedent, indent

import pytest

from tests.gitops.repositories import lay_out
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.errors import InputError
from vpnlint.files.tree import Tree
from vpnlint.gitops.argo.application import is_application_set
from vpnlint.gitops.argo.application_set import expand_application_set
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node

HEAD = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: apps, namespace: argocd}
spec:
"""
TEMPLATE = """\
template:
  metadata: {name: '{{%s}}'}
  spec: {source: {repoURL: https://example.org/this, path: '{{%s}}'}}
"""
FILES = {
    "apps/qb/x.yaml": "",
    "apps/tr/x.yaml": "",
    "apps/tr/deep/x.yaml": "",
    "apps/.git/x.yaml": "",
    "apps/old/x.yaml": "",
    "conf/a.yaml": "app: {name: qb}\nport: 1\n",
    "conf/b.json": '[{"app": {"name": "tr"}}, {"app": {"name": "de"}}]',
    "conf/c.yaml": "---\n# one mapping behind a line of dashes\napp: {name: rt}\nport: 2\n",
    "conf/d.yaml": "# a list behind a comment\n- app: {name: sl}\n  port: 3\n",
}


def expanded(spec: str, root: Path | None = None) -> tuple[list[Node], list[InputError]]:
    document = next(parse_documents(HEAD + indent(dedent(spec), "  "), "set.yaml"))
    assert isinstance(document, Document)
    assert is_application_set(document.root)

    def locate(path: str, url: str) -> str | None:
        place = os.path.normpath(root / path) if root is not None else ""
        return place if url == "https://example.org/this" and os.path.exists(place) else None

    return expand_application_set(document.root, Tree(), locate)


def made(spec: str, root: Path | None = None) -> list[tuple[str, str]]:
    nodes, unknown = expanded(spec, root)
    assert unknown == []
    assert all(node.text_at("kind") == "Application" for node in nodes)
    return [(node.text_at("metadata", "name"), node.text_at("spec", "source", "path")) for node in nodes]


def go(spec: str) -> str:
    return f"goTemplate: true\n{dedent(spec)}"


def test_a_list() -> None:
    spec = "generators: [{list: {elements: [{name: a, values: {dir: x}}, {name: b, values: {dir: y}}]}}]\n"
    assert made(spec + TEMPLATE % ("name", " values.dir ")) == [("a", "x"), ("b", "y")]
    assert made(go(spec + TEMPLATE % (".name", ".values.dir"))) == [("a", "x"), ("b", "y")]


def test_the_directories_of_the_repository(tmp_path: Path) -> None:
    lay_out(tmp_path, FILES)
    spec = """\
        generators:
          - git:
              repoURL: https://example.org/this
              directories: [{path: apps/*}, {path: apps/old, exclude: true}]
        """
    expected = [("qb", "apps/qb"), ("tr", "apps/tr")]
    assert made(dedent(spec) + TEMPLATE % ("path.basename", "path"), tmp_path) == expected
    assert made(go(dedent(spec) + TEMPLATE % (".path.basename", ".path.path")), tmp_path) == expected
    assert made(go(dedent(spec) + TEMPLATE % ("index .path.segments 1", ".path.path")), tmp_path) == expected
    assert made(dedent(spec) + TEMPLATE % ("path[1]", "path"), tmp_path) == expected


def test_the_files_of_the_repository(tmp_path: Path) -> None:
    lay_out(tmp_path, FILES)
    spec = "generators: [{git: {repoURL: 'https://example.org/this', files: [{path: conf/*}]}}]\n"
    expected = [(name, "conf") for name in ("qb", "tr", "de", "rt", "sl")]
    assert made(spec + TEMPLATE % ("app.name", "path"), tmp_path) == expected
    assert made(go(spec + TEMPLATE % (".app.name", ".path.path")), tmp_path) == expected
    (first, *_), unknown = expanded(spec + TEMPLATE % ("path.filename", "port"), tmp_path)
    assert (first.text_at("metadata", "name"), first.text_at("spec", "source", "path")) == ("a.yaml", "1")
    assert len(unknown) == 2


def test_a_matrix_whose_second_generator_takes_from_the_first(tmp_path: Path) -> None:
    lay_out(tmp_path, FILES)
    spec = """\
        generators:
          - matrix:
              generators:
                - list: {elements: [{dir: apps}, {dir: conf}]}
                - git: {repoURL: https://example.org/this, directories: [{path: '{{.dir}}/t*'}]}
        """
    assert made(go(dedent(spec) + TEMPLATE % (".dir", ".path.path")), tmp_path) == [("apps", "apps/tr")]


def test_a_merge_by_keys() -> None:
    spec = """\
        generators:
          - merge:
              mergeKeys: [name]
              generators:
                - list: {elements: [{name: a, dir: x}, {name: b, dir: x}]}
                - list: {elements: [{name: b, dir: y}, {name: c, dir: z}]}
        """
    assert made(dedent(spec) + TEMPLATE % ("name", "dir")) == [("a", "x"), ("b", "y")]


def test_the_cluster_that_argo_cd_runs_in_is_known() -> None:
    assert made("generators: [{clusters: {}}]\n" + TEMPLATE % ("name", "server")) == [
        ("in-cluster", "https://kubernetes.default.svc")
    ]


@pytest.mark.parametrize(
    ("generator", "reason"),
    [
        ("{scmProvider: {}}", "its generator scmProvider asks a server"),
        ("{clusters: {selector: {matchLabels: {a: b}}}}", "which clusters it selects"),
        ("{git: {repoURL: 'https://example.org/other', directories: [{path: '*'}]}}", "is another one"),
        ("{git: {repoURL: 'https://example.org/this', directories: [{path: '../../*'}]}}", "leads outside"),
        ("{list: {elements: [{none: a}]}}", "there is no parameter name"),
        ("{matrix: {generators: []}}", "two generators"),
    ],
)
def test_what_only_a_server_knows_is_said_at_its_place(generator: str, reason: str, tmp_path: Path) -> None:
    _, unknown = expanded(f"generators: [{generator}]\n" + TEMPLATE % ("name", "name"), tmp_path)
    assert any(reason in error.message for error in unknown)
    assert all(error.line >= 5 for error in unknown)


def test_a_template_patch_and_a_generators_own_template() -> None:
    spec = """\
        generators:
          - list:
              elements: [{name: a, extra: true}, {name: b}]
              template: {metadata: {name: 'x-{{.name}}'}, spec: {project: p}}
        templatePatch: |
          {{- if hasKey . "extra" }}
          spec: {source: {helm: {valuesObject: {flag: true}}}}
          {{- end }}
        """
    nodes, unknown = expanded(go(dedent(spec) + TEMPLATE % (".name", ".name")))
    assert unknown == []
    assert [node.text_at("metadata", "name") for node in nodes] == ["x-a", "x-b"]
    assert [node.text_at("spec", "project") for node in nodes] == ["p", "p"]
    assert nodes[0].is_true("spec", "source", "helm", "valuesObject", "flag")
    assert nodes[1].get("spec", "source", "helm") is None


def test_a_set_that_makes_too_much_is_one_line() -> None:
    elements = ",".join(f"{{a: '{number}'}}" for number in range(2000))
    one = f"{{list: {{elements: [{elements}]}}}}"
    start = time.process_time()
    _, (error,) = expanded(
        f"generators: [{{matrix: {{generators: [{one}, {one}]}}}}]\n" + TEMPLATE % ("a", "a")
    )
    assert "produces more" in error.message
    assert time.process_time() - start < 5


@pytest.mark.parametrize("element", ["null", "text", "[a]", "5"])
@pytest.mark.parametrize("template", ["true", "false"])
def test_an_element_that_is_no_mapping_is_said(element: str, template: str, tmp_path: Path) -> None:
    text = (
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: qbittorrent}\n"
        f"spec:\n  goTemplate: {template}\n  generators: [{{list: {{elements: [{element}]}}}}]\n"
        "  template: {metadata: {name: '{{.a}}'}, spec: {source: {repoURL: x, path: y}}}\n"
    )
    (tmp_path / "set.yaml").write_text(text)
    (workload,) = check([str(tmp_path)], RULESET).workloads
    assert "cannot determine what this ApplicationSet generates" in workload.reason
