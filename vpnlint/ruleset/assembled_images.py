"""Images whose names are put together from parts, some of which a repository may not hold."""

from __future__ import annotations

import re
from collections.abc import Iterable

from vpnlint.source.deferred_pattern import defer_pattern

# The key, and the name up to a part that something else fills in; a tag alone may be filled in freely.
_START = rb"image[\"']?[ \t]*:[ \t]*(?:\{?[^\n]{0,99}\brepository[\"']?:|\n[ \t]+repository:)?[ \t]*[\"']?"
_BEFORE = rb"(?:\$\{[^}\s]*\}/)?[^\s\"'#:@${}()]*"
_UNKNOWN = rb"(?:\$\{[^}\s]*\}|\$\([^)\s]*\))[^\s\"'#/:@]*(?:[\s\"':@#}]|\Z)"
_ASSEMBLED = defer_pattern(_START + _BEFORE + rb"(?:[\w.-]\{\{|" + _UNKNOWN + rb")")
_PART = defer_pattern(r"\$\{[^{}]*\}|\$\([^()]*\)|\{\{.*?\}\}")
_ANY = "\0"


def assembles_image(text: bytes) -> bool:
    """Tell whether a lower-case text may hold an image of which a part of the name stands elsewhere."""
    return (b"${" in text or b"$(" in text or b"{{" in text) and _ASSEMBLED.search(text) is not None


def find_unknown_parts(image: str) -> list[str]:
    """Return the parts of an image's own name (without registry, owner and tag) that are unknown."""
    owner, name = _split_name(image)
    first = owner.count(_ANY)
    return _PART.findall(image)[first : first + name.count(_ANY)]


def may_be_named(image: str, names: Iterable[str]) -> bool:
    """Tell whether an image with unknown parts may be one of these names (each without owner)."""
    _, name = _split_name(image)
    if _ANY not in name:
        return False
    pattern = re.compile(".*".join(map(re.escape, name.split(_ANY))))
    return any(map(pattern.fullmatch, names))


def _split_name(image: str) -> tuple[str, str]:
    """Return an image's registry and owner, and its own name, in lower case with _ANY for unknown parts."""
    owner, _, last = _PART.sub(_ANY, image).partition("@")[0].lower().rpartition("/")
    return owner, last.partition(":")[0]
