"""`make release`: what it refuses, and the changelog; tests/oracles/packaging makes a release."""

from __future__ import annotations

from datetime import date

import pytest

from tools.release import ReleaseError, check_version, close_section

CHANGELOG = """\
# Changelog

## [Unreleased]

### Added

- A rule.

## [0.1.0] - 2026-01-01

- Everything.
"""


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("1.2", "is not a version"),
        ("v1.2.3", "is not a version"),
        ("01.2.3", "is not a version"),
        ("0.1.0", "has a section for 0.1.0 already"),
        ("0.0.9", "is before 0.1.0"),
    ],
)
def test_a_version_that_cannot_follow_is_refused(version: str, reason: str) -> None:
    with pytest.raises(ReleaseError, match=reason):
        check_version(version, "0.1.0", CHANGELOG)
    check_version("0.10.0", "0.9.0", CHANGELOG)


def test_the_changelog_gets_a_section_with_the_day() -> None:
    closed = close_section(CHANGELOG, "0.2.0", date(2026, 2, 3))
    assert closed == CHANGELOG.replace("[Unreleased]\n", "[Unreleased]\n\n## [0.2.0] - 2026-02-03\n")
    with pytest.raises(ReleaseError, match="lists nothing"):
        close_section(closed, "0.3.0", date(2026, 2, 4))
