"""Reads the keys and values that vpnlint needs from a client's configuration file.

Sources: Qt 6 QSettings, IniFormat (qBittorrent.conf: sections, `key=value`, `;` starts a comment, values may
be quoted); Transmission's settings.json; deluge 2.0.3 deluge/config.py (core.conf: one JSON object with the
file's version, then one with the settings); rtorrent 0.9.8 doc/rtorrent.rc (`command = arguments`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from vpnlint.source.deferred_pattern import defer_pattern

# core.conf has two.
_MAX_OBJECTS = 10
_COMMAND = defer_pattern(r"^\s*([\w.]+)\s*=\s*(.*?)\s*$")


def read_client_settings(text: str, file: str) -> dict[str, str] | None:
    """Return the settings that a configuration file holds, or None if its text is malformed.

    The file's name decides its format. Keys of qBittorrent.conf are returned as `Section/key`.
    """
    if file.endswith(".conf") and not text.lstrip().startswith("{"):
        return dict(_parse_ini(text))
    if file.endswith((".json", ".conf")):
        return _parse_json(text)
    return {match[1]: match[2] for line in text.splitlines() if (match := _COMMAND.match(line))}


def _parse_ini(text: str) -> Iterator[tuple[str, str]]:
    section = "General"
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("[") and stripped.endswith("]"):
            section = stripped[1:-1]
        elif "=" in stripped and not stripped.startswith((";", "#")):
            key, _, value = stripped.partition("=")
            yield f"{section}/{key.strip()}", value.strip().strip('"')


def _parse_json(text: str) -> dict[str, str] | None:
    decoder = json.JSONDecoder()
    settings: dict[str, str] = {}
    at = 0
    for _ in range(_MAX_OBJECTS):
        while text[at : at + 1].isspace():
            at += 1
        if at == len(text):
            return settings
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, dict):
            return None
        settings = {key: item if isinstance(item, str) else json.dumps(item) for key, item in value.items()}
    return None
