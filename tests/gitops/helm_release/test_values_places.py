"""Where the values of a HelmRelease stand, and what is said of those that cannot be read."""

from __future__ import annotations

from textwrap import dedent

import pytest

from vpnlint.errors import InputError
from vpnlint.gitops.flux.substitute import Variables, substitute_variables
from vpnlint.gitops.helm_release.merge import read_values
from vpnlint.gitops.helm_release.values import collect_values
from vpnlint.gitops.objects import Objects
from vpnlint.source.document import Document, TextNode, parse_documents
from vpnlint.source.node import Node

RELEASE = """\
    kind: HelmRelease
    metadata: {name: tor, namespace: media}
    spec:
      valuesFrom:
        - {kind: ConfigMap, name: tor-values}
        - {kind: ConfigMap, name: tor-tag, valuesKey: tag, targetPath: image.tag}
        - {kind: Secret, name: tor, valuesKey: key, targetPath: env.KEY, optional: true}
        - {kind: Secret, name: tor-values}
        - {kind: ConfigMap, name: none}
        - {kind: ConfigMap, name: not-needed, optional: true}
      values:
        env: {TZ: UTC}
    """
CONFIG_MAPS = """\
    kind: ConfigMap
    metadata: {name: tor-tag, namespace: media}
    data:
      tag: "v3"
    ---
    kind: ConfigMap
    metadata: {name: tor-values, namespace: media}
    data:
      values.yaml: |
        image:
          repository: r
        env:
          FIREWALL: off
          TZ: CET
    """


def read(text: str, file: str = "hr.yaml") -> list[Node]:
    documents = list(parse_documents(dedent(text), file))
    assert all(isinstance(document, Document) for document in documents)
    return [document.root for document in documents if isinstance(document, Document)]


def place(node: Node | None) -> tuple[str, int, int]:
    assert node is not None
    return node.file, node.span.line, node.span.column


def test_each_value_stands_where_it_is_written() -> None:
    found, missing = collect_values(read(RELEASE)[0], Objects(read(CONFIG_MAPS, "cm.yaml")))
    assert found.to_plain() == {
        "image": {"repository": "r", "tag": "v3"},
        "env": {"FIREWALL": False, "TZ": "UTC", "KEY": "${Secret media/tor: key}"},
    }
    assert missing == ["Secret media/tor-values", "ConfigMap media/none"]
    assert place(found.get("image", "repository")) == ("cm.yaml", 11, 19)
    assert place(found.get("env", "FIREWALL")) == ("cm.yaml", 13, 17)
    assert place(found.get("env", "TZ")) == ("hr.yaml", 12, 15)
    assert place(found.get("image", "tag")) == ("cm.yaml", 4, 8)
    assert place(found.get("env", "KEY")) == ("hr.yaml", 7, 61)


def test_a_generated_config_map_stands_in_its_file() -> None:
    (config_map,) = read("{kind: ConfigMap, metadata: {name: tor-values}, data: {}}", "kustomization.yaml")
    data = Node.make({"values.yaml": TextNode("a: 1\nenv:\n  FIREWALL: off\n", "values.yaml")}, config_map)
    made = Node.make({**config_map.map, "data": data}, config_map)
    release = read("""\
        metadata: {name: tor, namespace: media}
        spec: {valuesFrom: [{kind: ConfigMap, name: tor-values}]}
        """)[0]
    found, missing = collect_values(release, Objects([made]))
    assert place(found.get("env", "FIREWALL")) == ("values.yaml", 3, 13)
    assert not missing


def test_a_substituted_values_file_keeps_its_lines() -> None:
    text = "# ${A}\na: ${A}\nenv:\n  FIREWALL: ${B:=off}\n"
    block = "".join(f"    {line}\n" for line in text.splitlines())
    (written,) = read(f"kind: ConfigMap\ndata:\n  values.yaml: |\n{block}", "cm.yaml")
    variables = {
        "A": Node("long: and longer", "ks.yaml", (1, 1, 1, 1)),
        "C": Node("", "ks.yaml", (1, 1, 1, 1)),
    }
    data = Node.make({"values.yaml": TextNode(text.replace("a: ${A}", "a: ${C}"), "values.yaml")}, written)
    with pytest.raises(InputError, match="not valid YAML"):
        read_values(field(substitute_variables(written, Variables(variables)), "data", "values.yaml"))
    generated = Node.make({**written.map, "data": data}, written)
    found = read_values(field(substitute_variables(generated, Variables(variables)), "data", "values.yaml"))
    assert found.to_plain() == {"a": None, "env": {"FIREWALL": False}}
    assert place(found.get("env", "FIREWALL")) == ("values.yaml", 4, 13)
    variables["A"] = Node("x", "ks.yaml", (1, 1, 1, 1))
    made = substitute_variables(written, Variables(variables))
    found = read_values(field(made, "data", "values.yaml"))
    assert place(found.get("env", "FIREWALL")) == ("cm.yaml", 7, 17)
    text_node = field(made, "data", "values.yaml")
    assert text_node.head[:3] == ("cm.yaml", 3, 3)
    assert text_node.path == ("data", "values.yaml")


def field(node: Node, *path: str) -> Node:
    found = node.get(*path)
    assert found is not None
    return found


def test_a_release_without_references_keeps_its_values() -> None:
    (release,) = read("spec: {values: {a: 1}}")
    assert collect_values(release, Objects([]))[0] is release.get("spec", "values")
    (empty,) = read("spec: {values: }")
    assert collect_values(empty, Objects([]))[0].to_plain() == {}


@pytest.mark.parametrize(
    ("reference", "data", "message"),
    [
        ("{kind: Pod, name: a}", "", "valuesFrom must name a ConfigMap or a Secret, not 'Pod'"),
        ("{kind: ConfigMap, name: a, valuesKey: x}", "a: 1", "ConfigMap a has no key x"),
        ("{kind: ConfigMap, name: a}", "[a]", "the values must be a mapping"),
        (
            "{kind: ConfigMap, name: a, targetPath: b}",
            "x,y",
            "Helm cannot set this: key 'y' has no value",
        ),
    ],
)
def test_what_flux_refuses_is_said(reference: str, data: str, message: str) -> None:
    (release,) = read(f"spec: {{valuesFrom: [{reference}]}}")
    (config_map,) = read(f"kind: ConfigMap\nmetadata: {{name: a}}\ndata: {{values.yaml: '{data}'}}")
    with pytest.raises(InputError) as caught:
        collect_values(release, Objects([config_map]))
    assert caught.value.message == message
    assert caught.value.line
