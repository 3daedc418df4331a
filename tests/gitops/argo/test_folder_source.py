"""What a source of an Application takes of a folder, and does to its objects."""

from __future__ import annotations

import pytest

from vpnlint.gitops.argo.application import read_folder_lead
from vpnlint.gitops.argo.folder_source import make_overlay, takes_file
from vpnlint.source.document import Document, parse_documents
from vpnlint.source.node import Node


def source(text: str) -> Node:
    document = next(parse_documents(text, "app.yaml"))
    assert isinstance(document, Document)
    return document.root


def test_its_kustomize_options_are_keys_of_a_kustomization() -> None:
    overlay = make_overlay(
        source(
            "kustomize:\n"
            "  namePrefix: x-\n"
            "  images: ['a/b:2', 'a/c=d/e@sha256:f', 'r:5000/a']\n"
            "  commonLabels: {a: b}\n"
            "  patches: [{path: p.yaml}]\n"
            "  version: v5\n"
        )
    )
    assert overlay is not None
    assert overlay.to_plain() == {
        "namePrefix": "x-",
        "patches": [{"path": "p.yaml"}],
        "images": [
            {"name": "a/b", "newTag": "2"},
            {"name": "a/c", "newName": "d/e", "digest": "sha256:f"},
            {"name": "r:5000/a"},
        ],
        "labels": [{"pairs": {"a": "b"}, "includeSelectors": True, "includeTemplates": False}],
    }
    assert make_overlay(source("path: a")) is None
    assert make_overlay(source("kustomize: {version: v5}")) is None


@pytest.mark.parametrize(
    ("directory", "file", "expected"),
    [
        ("{}", "a.yaml", True),
        ("{include: '*.yaml'}", "a.yml", False),
        ("{include: '*.yaml'}", "sub/a.yaml", True),
        ("{include: '{a,b}.yaml'}", "b.yaml", True),
        ("{include: '{a,b}.yaml'}", "c.yaml", False),
        ("{exclude: 'sub/*'}", "sub/a.yaml", False),
        ("{include: '*.yaml', exclude: 'a*'}", "a.yaml", False),
        ("{include: '" + "{a,b}" * 60 + "'}", "a.yaml", False),
    ],
)
def test_patterns_choose_files(directory: str, file: str, *, expected: bool) -> None:
    lead = read_folder_lead(source(f"{{path: app, directory: {directory}}}"))
    assert lead is not None and lead.directory is not None
    assert takes_file(lead.directory, "/repo/app", f"/repo/app/{file}") is expected
