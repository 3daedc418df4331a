"""Finds scripts in ConfigMaps that bind qBittorrent at run time through its API.

The view reads the commands in the Pod itself (rules/views/pod.yaml).

Sources: qBittorrent release-5.2.3 src/webui/api/appcontroller.cpp setPreferencesAction (sets and saves
`current_network_interface`); gluetun v3.40.0 internal/configuration/settings/portforward.go
(VPN_PORT_FORWARDING_UP_COMMAND, new in it), v3.41.3 internal/portforward/service/command.go (replaces
{{VPN_INTERFACE}}; the down command runs when the port is given back).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.source.node import Node
from vpnlint.surroundings.mounted_files import find_mounted_files
from vpnlint.surroundings.selectors import judge_namespace
from vpnlint.surroundings.trilean import Tri
from vpnlint.workloads.workload import Workload

# Follows the name of the preference.
_SET = r"""[\\"']*\s*[:=]\s*[\\"']*([^\\"',}\s&]+)"""
# Gluetun replaces this with the name of its own interface.
_PLACEHOLDER = "VPN_INTERFACE"
# A script sets this when the tunnel goes down; it is no binding.
_LOOPBACK = "lo"


def find_runtime_bindings(workload: Workload, objects: Objects, catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Yield each run-time binding of a client in the workload, in the form of find_config_bindings.

    read is `yes` for a script that this Pod runs, and `unknown` for any other script.
    """
    own_interface = catalog.constant["software"]["gluetun"]["interfaces"][0]
    for container in workload.containers:
        software = catalog.constant["software"].get(catalog.find_program(container.text_at("image")), {})
        preference = software.get("preference", "")
        if not preference:
            continue
        setter = re.compile(re.escape(preference) + _SET)
        for config_map, text, read in [
            *_list_own_scripts(workload, objects, preference),
            *_list_other_scripts(workload, objects, preference),
        ]:
            for match in setter.finditer(text):
                value = own_interface if _PLACEHOLDER in match[1] else match[1]
                if value != _LOOPBACK:
                    yield _make_entry(container.text_at("name"), preference, config_map, value, read)


def _list_own_scripts(
    workload: Workload, objects: Objects, preference: str
) -> Iterator[tuple[str, str, Tri]]:
    """Yield the scripts that the Pod mounts; it surely runs one that its commands or variables name."""
    texts = "\n".join(text for container in workload.containers for text in _list_texts(container))
    for container in workload.containers:
        for file in find_mounted_files(container, workload, objects):
            if file.text is not None and preference in file.text.text:
                yield file.config_map, file.text.text, "yes" if file.path in texts else "unknown"


def _list_texts(node: Node) -> Iterator[str]:
    """Yield the texts of a container's commands and variables."""
    for key in ("command", "args", "env", "lifecycle"):
        child = node.get(key)
        if child is not None:
            yield str(child.to_plain())


def _list_other_scripts(
    workload: Workload, objects: Objects, preference: str
) -> Iterator[tuple[str, str, Tri]]:
    """Yield the scripts in all ConfigMaps that may be in the Pod's namespace: another Pod may run them."""
    for config in objects.of_kind("ConfigMap"):
        if judge_namespace(config, workload.namespace) == "no":
            continue
        for value in config.fields("data").values():
            if preference in value.text:
                yield config.text_at("metadata", "name"), value.text, "unknown"


def _make_entry(client: str, preference: str, config_map: str, value: str, read: Tri) -> dict[str, Any]:
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
