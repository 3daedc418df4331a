"""Finds scripts of ConfigMaps that bind qBittorrent while it runs, through its API.

Commands in the Pod itself are read by the view.

Sources: qBittorrent release-5.2.3 src/webui/api/appcontroller.cpp setPreferencesAction
(`current_network_interface` is set and saved); gluetun v3.40.0 internal/configuration/settings/portforward.go
(VPN_PORT_FORWARDING_UP_COMMAND, first there), v3.41.3 internal/portforward/service/command.go
({{VPN_INTERFACE}} is replaced; the down-command runs when the port is given back).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.source.node import Node
from vpnlint.surroundings.mounted_files import find_mounted_files
from vpnlint.surroundings.trilean import Tri
from vpnlint.workloads.workload import Workload

# Behind the name of the preference.
_SET = r"""[\\"']*\s*[:=]\s*[\\"']*([^\\"',}\s&]+)"""
# What Gluetun replaces by the name of its own interface.
_PLACEHOLDER = "VPN_INTERFACE"
# Set when the tunnel goes down, not what binds.
_LOOPBACK = "lo"


def find_runtime_bindings(workload: Workload, objects: Objects, catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Yield what binds each qBittorrent of the workload at run time, in the form of config_files.bindings.

    read is `yes` for a script that this Pod runs, and `unknown` for one of another Pod.
    """
    own_interface = catalog.constant["software"]["gluetun"]["interfaces"][0]
    for container in workload.containers:
        software = catalog.constant["software"].get(catalog.find_program(container.text_at("image")), {})
        preference = software.get("preference", "")
        if not preference:
            continue
        setter = re.compile(re.escape(preference) + _SET)
        for config_map, text, read in [
            *_own(workload, objects, preference),
            *_others(workload, objects, preference),
        ]:
            for match in setter.finditer(text):
                value = own_interface if _PLACEHOLDER in match[1] else match[1]
                if value != _LOOPBACK:
                    yield _entry(container.text_at("name"), preference, config_map, value, read)


def _own(workload: Workload, objects: Objects, preference: str) -> Iterator[tuple[str, str, Tri]]:
    """Yield the scripts that the Pod mounts: certain where something in the Pod names the script."""
    said = "\n".join(text for container in workload.containers for text in _texts(container))
    for container in workload.containers:
        for file in find_mounted_files(container, workload, objects):
            if file.text is not None and preference in file.text.text:
                yield file.config_map, file.text.text, "yes" if file.path in said else "unknown"


def _texts(node: Node) -> Iterator[str]:
    """Yield the texts below a container's commands and variables."""
    for key in ("command", "args", "env", "lifecycle"):
        child = node.get(key)
        if child is not None:
            yield str(child.to_plain())


def _others(workload: Workload, objects: Objects, preference: str) -> Iterator[tuple[str, str, Tri]]:
    """Yield scripts of ConfigMaps of the namespace that this Pod does not mount."""
    for config in objects.of_kind("ConfigMap"):
        own, data = config.get("metadata", "namespace"), config.get("data")
        here = own is None or not own.text or not workload.namespace or own.text == workload.namespace
        for value in data.map.values() if here and data is not None else ():
            if preference in value.text:
                name = config.get("metadata", "name")
                yield name.text if name is not None else "", value.text, "unknown"


def _entry(client: str, preference: str, config_map: str, value: str, read: Tri) -> dict[str, Any]:
    return {
        "container": client,
        "object": f"ConfigMap {config_map}",
        "place": "",
        "name": preference,
        "means": "binding",
        "form": "runtime",
        "value": value,
        "known": "$" not in value and "{{" not in value,
        "read": read,
        "honoured": [{"from": 0, "below": 1_000_000_000}],
        "otherwise": "no",
        "instead": "",
    }
