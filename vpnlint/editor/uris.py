"""URIs of documents ↔ paths of files."""

from __future__ import annotations

import os
from pathlib import PurePath
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname


def path_of(uri: str) -> str | None:
    """Return the path (absolute, normal) that a URI names; None where it names no file of this machine.

    That is the case for `untitled:` and other schemes, other hosts, relative paths and invalid ones.
    """
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    path = url2pathname(parts.path) if os.name == "nt" else unquote(parts.path)
    if "\0" in path or not os.path.isabs(path):
        return None
    return os.path.normpath(path)


def uri_of(path: str) -> str:
    """Return the URI of a path (absolute)."""
    return PurePath(path).as_uri()
