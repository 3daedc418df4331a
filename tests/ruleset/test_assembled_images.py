"""Images of whose names a part stands elsewhere: they may be torrent clients."""

from __future__ import annotations

import pytest

from tests.shipped import RULESET
from vpnlint.ruleset.assembled_images import assembles_image, find_unknown_parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: q${name}", True),
        ("image: ${image}", True),
        ('image: "${registry}/${app}:1"', True),
        ("image: reg:5000/${app}", False),  # a colon before: taken for a tag
        ("image:\n  repository: ghcr.io/${app}\n", True),
        ("image: {repository: 'x/${app}', tag: 1}", True),
        ("image: linuxserver/q{{ .values.rest }}", True),
        ("image: $(image)", True),
        ("image: ${registry}/nginx:1", False),
        ("image: nginx:${tag}", False),
        ("image: nginx:v{{ .values.tag }}", False),
        ('image: "{{ .values.repository }}:{{ .values.tag }}"', False),
        ("repository: ${app}-volsync-secret", False),
    ],
)
def test_only_a_part_of_the_name_counts(text: str, *, expected: bool) -> None:
    assert assembles_image(text.encode()) is expected


def test_parts_of_a_registry_or_a_tag_are_no_parts_of_the_name() -> None:
    assert find_unknown_parts("${R}/a${B}:${T}") == ["${B}"]
    assert find_unknown_parts("q${X:=a:b/c}") == ["${X:=a:b/c}"]
    assert find_unknown_parts("${R}/a:1") == []


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("${IMAGE}", True),
        ("x/q${A}:1", True),
        ("x/${A}torrent", True),
        ("x/${A}-exporter", False),
        ("${R}/nginx", False),
        ("linuxserver/qbittorrent", False),
    ],
)
def test_the_rest_of_the_name_must_be_a_clients(image: str, *, expected: bool) -> None:
    assert RULESET.catalog.may_be_client(image) is expected
