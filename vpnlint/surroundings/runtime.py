"""Commands and scripts that bind qBittorrent while it runs, through its API: gluetun's up-command, hooks, scripts of ConfigMaps.

Sources: qBittorrent release-5.2.3 src/webui/api/appcontroller.cpp setPreferencesAction (`current_network_interface` is set and saved);
gluetun v3.40.0 internal/configuration/settings/portforward.go (VPN_PORT_FORWARDING_UP_COMMAND, first there), v3.41.3
internal/portforward/service/command.go ({{VPN_INTERFACE}} is replaced; the down-command runs when the port is given back).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vpnlint.catalog import Catalog
from vpnlint.gitops.objects import Objects
from vpnlint.node import Node
from vpnlint.pods import Workload
from vpnlint.surroundings.answers import Tri
from vpnlint.surroundings.mounted import files

_PREFERENCE = "current_network_interface"
_SET = re.compile(_PREFERENCE + r"""[\\"']*\s*[:=]\s*[\\"']*([^\\"',}\s&]+)""")
_UP = "VPN_PORT_FORWARDING_UP_COMMAND"
_FORWARDING = "VPN_PORT_FORWARDING"
_ON = ("on", "yes", "true", "enabled")
_CLIENT = "qbittorrent"
# Set when the tunnel goes down, not what binds.
_LOOPBACK = "lo"


def runtime_bindings(workload: Workload, objects: Objects, catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Yield what binds each qBittorrent of the workload at run time, in the form of config_files.bindings.

    read is `yes` for a command of this Pod, and `unknown` for a script of another one that the objects hold.
    """
    clients = [name for container in workload.containers if (name := _client(container, catalog))]
    if not clients:
        return
    for where, text, read in [*_own(workload, objects), *_others(workload, objects)]:
        for match in _SET.finditer(text):
            value = match[1]
            if value == _LOOPBACK:
                continue
            for client in clients:
                yield _entry(client, where, "tun0" if "VPN_INTERFACE" in value else value, read)


def _client(container: Node, catalog: Catalog) -> str:
    image, name = container.get("image"), container.get("name")
    is_client = image is not None and catalog.program(image.text) == _CLIENT
    return name.text if is_client and name is not None else ""


def _own(workload: Workload, objects: Objects) -> Iterator[tuple[str, str, Tri]]:
    """Yield what runs in this Pod, and its mounted scripts: certain where something in the Pod names the script."""
    commands = []
    for container in workload.containers:
        commands += list(_commands(container))
    yield from commands
    said = "\n".join(text for _, text, _ in commands)
    for container in workload.containers:
        for file in files(container, workload, objects):
            if file.text is not None and _PREFERENCE in file.text.text:
                yield (
                    f"ConfigMap {file.config_map}",
                    file.text.text,
                    "yes" if file.path in said else "unknown",
                )


def _commands(container: Node) -> Iterator[tuple[str, str, Tri]]:
    variables = container.get("env")
    env = {item.map["name"].text: item for item in (variables.list if variables is not None else [])}
    forwarding = env[_FORWARDING].get("value") if _FORWARDING in env else None
    command = env[_UP].get("value") if _UP in env else None
    # Without port forwarding the command is never run; what a Secret says of it is not known.
    if command is not None and _FORWARDING in env and (forwarding is None or forwarding.text.lower() in _ON):
        yield _UP, command.text, "yes" if forwarding is not None else "unknown"
    scripts = [container.get(key) for key in ("command", "args")]
    scripts.append(container.get("lifecycle", "postStart", "exec", "command"))
    name = container.get("name")
    lines = [str(item.value) for script in scripts if script is not None for item in script.list]
    yield f"the command of {name.text if name is not None else ''}", "\n".join(lines), "yes"


def _others(workload: Workload, objects: Objects) -> Iterator[tuple[str, str, Tri]]:
    """Yield scripts of ConfigMaps of the namespace that this Pod does not mount."""
    for config in objects.of_kind("ConfigMap"):
        own, data = config.get("metadata", "namespace"), config.get("data")
        here = own is None or not own.text or not workload.namespace or own.text == workload.namespace
        for value in data.map.values() if here and data is not None else ():
            if _PREFERENCE in value.text:
                name = config.get("metadata", "name")
                yield f"ConfigMap {name.text if name is not None else ''}", value.text, "unknown"


def _entry(client: str, where: str, value: str, read: Tri) -> dict[str, Any]:
    return {
        "container": client,
        "object": where,
        "place": "",
        "name": _PREFERENCE,
        "means": "binding",
        "form": "runtime",
        "value": value,
        "known": "$" not in value and "{{" not in value,
        "read": read,
        "honoured": [{"from": 0, "below": 1_000_000_000}],
        "otherwise": "no",
        "instead": "",
    }
