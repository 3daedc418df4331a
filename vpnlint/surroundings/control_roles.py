"""Tells whether a file of roles lets anybody stop Gluetun's VPN through its control server.

Source: gluetun v3.41.3 internal/server/middlewares/auth/settings.go and configfile.go (TOML with a list
`roles`, each with `routes` as `METHOD /path` and `auth`: none, basic or apikey).
"""

from __future__ import annotations

import posixpath
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.source.node import Node
from vpnlint.surroundings.mounted_files import find_mounted_files
from vpnlint.surroundings.trilean import Tri, is_unresolved
from vpnlint.workloads.workload import Workload

_VARIABLE = "HTTP_CONTROL_SERVER_AUTH_CONFIG_FILEPATH"
_PATH = "/gluetun/auth/config.toml"


def find_control_roles(workload: Workload, objects: Objects) -> list[dict[str, Any]]:
    """Return an entry for each file of roles that a container gets from a ConfigMap.

    An entry holds the `container`, whether anybody may change something (`opens`: yes, no, unknown), and the
    `place` of the role, in the form that vpnlint.judge.locate reads.
    """
    found = []
    for container in workload.containers:
        wanted = _find_path(container)
        for file in find_mounted_files(container, workload, objects):
            if file.text is not None and posixpath.normpath(file.path) == wanted:
                place = f"ConfigMap/{workload.namespace}/{file.config_map}/data.{file.key}#auth"
                opens = _judge_roles(file.text.text)
                found.append({"container": container.text_at("name"), "opens": opens, "place": place})
    return found


def _find_path(container: Node) -> str:
    values = [item.scalar_at("value") for item in container.items("env") if item.text_at("name") == _VARIABLE]
    return posixpath.normpath((values or [""])[-1] or _PATH)


def _judge_roles(text: str) -> Tri:
    import tomllib  # few files of roles are in a repository

    try:
        roles = tomllib.loads(text).get("roles")
    except (tomllib.TOMLDecodeError, RecursionError):
        return "unknown"
    for role in roles if isinstance(roles, list) else ():
        if isinstance(role, dict) and role.get("auth") == "none":
            routes = role.get("routes")
            if any(str(route).startswith(("PUT", "POST")) for route in routes or () if routes):
                return "yes"
    return "unknown" if is_unresolved(text) else "no"
