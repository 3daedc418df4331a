"""The digests of images that a person or a file tells, since vpnlint asks no registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from vpnlint.errors import UsageError
from vpnlint.source.deferred_pattern import defer_pattern

_DIGEST = defer_pattern(r"sha256:[0-9a-f]{64}")
_PINNED = defer_pattern(r"(?P<name>[A-Za-z0-9][\w./:-]*)@(?P<digest>sha256:[0-9a-f]{64})(?![0-9A-Za-z])")
# What a custom manager of Renovate reads above a version (docs.renovatebot.com/modules/manager/regex), and
# what charts' values have above a tag.
_NAME_ABOVE = defer_pattern(r"(?:packageName=|depName=|^\s*(?:- )?repository:\s*[\"']?)(?P<name>[\w./:-]+)")


def read_digests(told: Iterable[str], file: str | None) -> dict[str, str]:
    """Return digests by the references of their images.

    told: `IMAGE=sha256:…`, as `--digest` has it. file: the name of a text in which pinned images stand, None
    for none: `IMAGE:TAG@sha256:…` anywhere in a line, or `TAG@sha256:…` below a line that names the image, as
    Renovate's comments (`# renovate: depName=IMAGE`) and charts' values (`repository: IMAGE`) do. Raises
    UsageError at what is no digest, and where the file cannot be read or holds none.
    """
    digests = dict(map(_parse_told, told))
    if file is not None:
        try:
            text = Path(file).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise UsageError(f"{file}: cannot be read: {error}") from error
        pinned = dict(_find_pinned(text, file))
        if not pinned:
            raise UsageError(f"{file}: holds no digest of an image (IMAGE:TAG@sha256: and 64 digits)")
        digests |= pinned
    return digests


def _parse_told(text: str) -> tuple[str, str]:
    image, _, digest = text.replace("=", "@", 1).rpartition("@")
    if not image or not _DIGEST.fullmatch(digest):
        raise UsageError(f"{text}: no digest of an image (IMAGE=sha256: and 64 digits)")
    return image, digest


def _find_pinned(text: str, file: str) -> Iterator[tuple[str, str]]:
    """Yield each image of a text with its digest."""
    above = ""
    for number, line in enumerate(text.splitlines(), 1):
        pinned = _PINNED.search(line)
        named = _NAME_ABOVE.search(line)
        if named is not None:
            above = named["name"]
        elif pinned is None and "sha256:" in line.partition("#")[0]:
            raise UsageError(f"{file}:{number}: no digest of an image (IMAGE:TAG@sha256: and 64 digits)")
        elif pinned is not None:
            name = pinned["name"]
            is_tag = "/" not in name and ":" not in name
            yield (f"{above}:{name}" if is_tag and above else name), pinned["digest"]
            above = ""
