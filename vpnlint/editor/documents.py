"""The folders and documents that a client has open, by their paths."""

from __future__ import annotations

from typing import Any

from vpnlint.editor.uris import path_of
from vpnlint.files.discover import YAML


def read_documents(workspace: Any) -> dict[str, str]:  # noqa: ANN401  (pygls's Workspace)
    """Return the texts of the documents that are YAML files, by their paths (absolute)."""
    return {
        path: _readable(document.source)
        for document in workspace.text_documents.values()
        if (path := path_of(document.uri)) is not None and path.endswith(YAML)
    }


def read_folders(workspace: Any) -> list[str]:  # noqa: ANN401  (pygls's Workspace)
    """Return the folders (absolute)."""
    uris = [folder.uri for folder in workspace.folders.values()]
    if not uris and workspace.root_uri:
        uris = [workspace.root_uri]
    return [path for path in map(path_of, uris) if path is not None]


def _readable(text: str) -> str:
    """Return a text without byte order mark, and with U+FFFD for halves of characters (JSON has such)."""
    return text.removeprefix("\ufeff").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
