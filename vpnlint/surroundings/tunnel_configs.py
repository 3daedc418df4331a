"""Reads wg-quick's configuration from ConfigMaps: whether its hooks block what leaves beside the tunnel.

Sources: wireguard-tools v1.0.20250521 src/wg-quick/linux.bash and man/wg-quick.8 (PreUp and PostUp are run by
bash, %i is the interface; the kill switch that the manual shows is `iptables -I OUTPUT ! -o %i … -j REJECT`
in PostUp); where images look for their files: linuxserver/docker-wireguard 684a0dd root/app
(/config/wg_confs, before /config/wg0.conf), others /etc/wireguard (rules/catalog/wireguard.yaml).
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.surroundings.mounted_files import MountedFile, find_mounted_files
from vpnlint.surroundings.trilean import Tri, is_unresolved
from vpnlint.workloads.workload import Workload

_PROGRAM = "wireguard"
_FOLDERS = ("/config", "/config/wg_confs", "/etc/wireguard")
_HOOK = re.compile(r"^[ \t]*(?:PreUp|PostUp)[ \t]*=([^\n]*)$", re.IGNORECASE | re.MULTILINE)
_FILTER = re.compile(r"\b(?:iptables|ip6tables|nft)\b")
_OUTPUT = re.compile(r"\boutput\b", re.IGNORECASE)
_STOPS = re.compile(r"\b(?:reject|drop)\b", re.IGNORECASE)


def find_tunnel_configs(workload: Workload, objects: Objects, catalog: Catalog) -> list[dict[str, Any]]:
    """Return the configuration that WireGuard containers have from ConfigMaps.

    container, and blocks (yes, no, unknown).
    """
    return [
        {"container": container.text_at("name"), "blocks": _blocks(file)}
        for container in workload.containers
        if catalog.find_program(container.text_at("image")) == _PROGRAM
        for file in find_mounted_files(container, workload, objects)
        if posixpath.dirname(file.path) in _FOLDERS and file.path.endswith(".conf")
    ]


def _blocks(file: MountedFile) -> Tri:
    """Tell whether a hook stops what goes out.

    `unknown` where one runs a script, or where the file is not known.
    """
    if file.text is None or file.read != "yes":
        return "unknown"
    hooks = [match[1] for match in _HOOK.finditer(file.text.text)]
    if any(_FILTER.search(hook) and _OUTPUT.search(hook) and _STOPS.search(hook) for hook in hooks):
        return "yes"
    opaque = is_unresolved(file.text.text) or any(not _FILTER.search(hook) for hook in hooks)
    return "unknown" if opaque else "no"
