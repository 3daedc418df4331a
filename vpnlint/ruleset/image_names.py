"""Image references and the versions in their tags."""

from __future__ import annotations

import re

from vpnlint.source.deferred_pattern import defer_pattern

# One number orders versions on both sides, as the cluster's CEL and the linter's share no type for versions.
NEWEST = 999_999_999
_TAGGED = defer_pattern(r"v?(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?(?!\d)")
_VERSION = defer_pattern(r"(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?\Z")


def split_image(image: str) -> tuple[str, str]:
    """Return an image's keys in the catalogue: owner and name, and the name alone.

    Both are in lower case and without registry, tag and digest.
    """
    path = image.split("@")[0].lower().split("/")
    path[-1] = path[-1].split(":")[0]
    return "/".join(path[-2:]), path[-1]


def read_image_version(tag: str) -> int:
    """Return the version of a tag as a number; the newest for a tag that names none."""
    match = _TAGGED.match(tag)
    return _count_version(match) if match is not None else NEWEST


def read_version(text: str) -> int | None:
    """Return a version such as 3.39.0 as a number; None for any other text."""
    match = _VERSION.match(text)
    return _count_version(match) if match is not None else None


def _count_version(match: re.Match[str]) -> int:
    major, minor, patch = match.groups()
    return int(major) * 1_000_000 + int(minor) * 1_000 + int(patch or 0)
