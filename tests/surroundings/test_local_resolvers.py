"""Tests whom a CoreDNS in the Pod is found to ask, and what of a Corefile leaves that open."""

from __future__ import annotations

import pytest

from tests.surroundings.stand_ins import objects, pod
from vpnlint.surroundings.local_resolvers import find_local_resolvers

SPEC = """{containers: [{name: coredns, image: coredns/coredns:1.12.0, ARGS, volumeMounts: [
  {name: corefile, mountPath: /etc/coredns}]}], volumes: [{name: corefile, configMap: {name: corefile}}]}"""
ARGS = "args: [-conf, /etc/coredns/Corefile]"


def servers(text: str, args: str = ARGS) -> list[tuple[list[str], list[str]]]:
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    config = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: corefile, namespace: downloads}\n"
        f"data:\n  Corefile: |\n{lines}"
    )
    found = find_local_resolvers(pod(SPEC.replace("ARGS", args)), objects(config))
    assert all(entry["container"] == "coredns" for entry in found)
    return [(entry["listens"], entry["forwards"]) for entry in found]


@pytest.mark.parametrize(
    ("text", "listens", "forwards"),
    [
        (". {\n  forward . 1.1.1.1\n}", [], ["1.1.1.1"]),
        (".:53 {\n  bind 127.0.0.2\n  forward . tls://1.1.1.1 9.9.9.9:53\n}", ["127.0.0.2"], ["1.1.1.1", "9.9.9.9"]),
        ("dns://. {\n  forward cluster.local 10.43.0.10\n  forward . 8.8.8.8\n}", [], ["8.8.8.8"]),
        ("home.arpa, . {\n  # forward . 10.0.0.1\n  forward . 8.8.8.8\n}", [], ["8.8.8.8"]),
        ('. {\n  forward . "8.8.8.8" {\n    except lan\n  }\n}', [], ["8.8.8.8"]),
    ],
)  # fmt: skip
def test_a_server_for_all_names_asks_whom_it_forwards_to(
    text: str, listens: list[str], forwards: list[str]
) -> None:
    assert servers(text) == [(listens, forwards)]


@pytest.mark.parametrize(
    "text",
    [
        "cluster.local {\n  forward . 10.43.0.10\n}",
        ". {\n  forward . /etc/resolv.conf\n}",
        ". {\n  forward . dns.example.org\n}",
        ". {\n  forward . {$UPSTREAM}\n}",
        ". {\n  forward . ${UPSTREAM}\n}",
        ". {\n  forward . 2606:4700:4700::1111\n}",
        ". {\n  forward . 999.1.1.1\n}",
        ". {\n  errors\n}",
        ". {\n  fanout . 1.1.1.1\n}",
        ". {\n  forward . 1.1.1.1\n  alternate original SERVFAIL . 9.9.9.9\n}",
        "(upstream) {\n  forward . 1.1.1.1\n}\n. {\n  import upstream\n}",
        ".:5353 {\n  forward . 1.1.1.1\n}",
        ". {\n  forward . 1.1.1.1\n",
        "{\n  forward . 1.1.1.1\n}",
        "}}}",
        "",
    ],
)
def test_what_leaves_open_whom_it_asks_is_no_answer(text: str) -> None:
    assert servers(text) == []


def test_only_the_file_that_the_arguments_name_counts() -> None:
    text = ". {\n  forward . 1.1.1.1\n}"
    assert servers(text, "args: [-conf=/etc/coredns/Corefile]") == [([], ["1.1.1.1"])]
    assert servers(text, "args: [-conf, /etc/coredns/Other]") == []
    assert servers(text, "args: [-conf]") == []
