"""Tells whether the hooks of a wg-quick configuration in a ConfigMap block traffic outside the tunnel.

Sources: wireguard-tools v1.0.20250521 src/wg-quick/linux.bash and man/wg-quick.8 (bash runs PreUp and PostUp,
%i is the interface; the manual's kill switch is `iptables -I OUTPUT ! -o %i … -j REJECT` in PostUp). Images
look for their files in these folders: linuxserver/docker-wireguard 684a0dd root/app (/config/wg_confs,
formerly /config/wg0.conf), others in /etc/wireguard (rules/catalog/wireguard.yaml).
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.surroundings.mounted_files import MountedFile, find_mounted_files
from vpnlint.surroundings.trilean import Tri, is_unresolved
from vpnlint.workloads.workload import Workload

_PROGRAM = "wireguard"
_FOLDERS = ("/config", "/config/wg_confs", "/etc/wireguard")
_HOOK = defer_pattern(r"^[ \t]*(?:PreUp|PostUp)[ \t]*=([^\n]*)$", re.IGNORECASE | re.MULTILINE)
_FILTER = defer_pattern(r"\b(?:iptables|ip6tables|nft)\b")
_OUTPUT = defer_pattern(r"\boutput\b", re.IGNORECASE)
# What a variable may stand for in these lines can be no hook.
_PLAIN = defer_pattern(
    r"^[ \t]*(?:PrivateKey|PublicKey|PresharedKey|Address|Endpoint|AllowedIPs|DNS|MTU|ListenPort"
    r"|PersistentKeepalive)[ \t]*=[^\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
_STOPS = defer_pattern(r"\b(?:reject|drop)\b", re.IGNORECASE)


def find_tunnel_configs(workload: Workload, objects: Objects, catalog: Catalog) -> list[dict[str, Any]]:
    """Return an entry for each configuration file that a WireGuard container gets from a ConfigMap.

    An entry holds the `container` and `blocks`: whether the file's hooks block (yes, no, unknown).
    """
    return [
        {"container": container.text_at("name"), "blocks": _judge_hooks(file)}
        for container in workload.containers
        if catalog.find_program(container.text_at("image")) == _PROGRAM
        for file in find_mounted_files(container, workload, objects)
        if posixpath.dirname(file.path) in _FOLDERS and file.path.endswith(".conf")
    ]


def _judge_hooks(file: MountedFile) -> Tri:
    """Tell whether a hook blocks outgoing packets.

    The answer is `unknown` if a hook runs a script, or if the file's text is unknown.
    """
    if file.text is None or file.read != "yes":
        return "unknown"
    hooks = [match[1] for match in _HOOK.finditer(file.text.text)]
    if any(_FILTER.search(hook) and _OUTPUT.search(hook) and _STOPS.search(hook) for hook in hooks):
        return "yes"
    opaque = is_unresolved(_PLAIN.sub("", file.text.text)) or any(not _FILTER.search(hook) for hook in hooks)
    return "unknown" if opaque else "no"
