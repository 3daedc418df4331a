"""Reads whom a CoreDNS in the Pod asks for names outside the cluster, where a ConfigMap holds its Corefile.

Source: CoreDNS v1.12 (corefile.5: server blocks, snippets, variables `{$NAME}`; plugin/forward: `forward FROM
TO...`, TO an address, with a protocol and a port or not, or a file; plugin/bind: `bind ADDRESS|IFACE...`;
coremain/run.go: `-conf FILE`).
"""

from __future__ import annotations

import ipaddress
import posixpath
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node
from vpnlint.surroundings.mounted_files import find_mounted_files
from vpnlint.surroundings.trilean import is_unresolved
from vpnlint.workloads.workload import Workload

_TOKEN = defer_pattern(r'"(?:\\.|[^"\\])*"|\n|(?<!\S)#[^\n]*|[^\s"]+')
# The zone of all names, on the port that resolv.conf leads to
_ROOT = defer_pattern(r"(?:dns://)?\.(?::53)?")
_UPSTREAM = defer_pattern(r"(?:(?:dns|tls)://)?(?P<address>[0-9.]+)(?::\d+)?(?:%\S+)?")
# Plugins that answer by themselves or only look on: they ask nobody else.
_OWN = defer_pattern(
    "any|bind|bufsize|cache|cancel|debug|errors|health|hosts|kubernetes|log|loop|loadbalance|metadata|minimal"
    "|prometheus|ready|reload|template|whoami"
)


def find_local_resolvers(workload: Workload, objects: Objects) -> list[dict[str, Any]]:
    """Return an entry for each server of a CoreDNS in the Pod that answers for all names.

    An entry holds the `container`, the addresses that it `listens` on (none: on all), the addresses that it
    `forwards` to, and the `place` in the Corefile. A Corefile whose servers cannot be told has no entry.
    """
    found = []
    for container in workload.containers:
        wanted = _find_path(container)
        for file in find_mounted_files(container, workload, objects):
            if file.text is None or posixpath.normpath(file.path) != wanted or file.read != "yes":
                continue
            place = f"ConfigMap/{workload.namespace}/{file.config_map}/data.{file.key}#forward"
            name = container.text_at("name")
            servers = _read_servers(file.text.text)
            found += [{"container": name, **server, "place": place} for server in servers]
    return found


def _find_path(container: Node) -> str:
    """Return the file that the arguments name; empty where they name none."""
    words = [str(item.value) for key in ("command", "args") for item in container.items(key)]
    for option, value in pairwise([*words, ""]):
        if option in ("-conf", "--conf"):
            return posixpath.normpath(value)
        if option.startswith(("-conf=", "--conf=")):
            return posixpath.normpath(option.partition("=")[2])
    return ""


def _read_servers(text: str) -> list[dict[str, list[str]]]:
    """Return whom each server for all names asks; nothing where a part of the file leaves that open."""
    if is_unresolved(text) or "{$" in text or "{%" in text:
        return []
    servers = []
    for keys, directives in _list_blocks(text):
        if not keys or keys[0].startswith("(") or keys[0] == "import":
            return []
        if not any(_ROOT.fullmatch(key.rstrip(",")) for key in keys):
            continue
        listens = [word for name, *words in directives if name == "bind" for word in words]
        asked = [words[1:] for name, *words in directives if name == "forward" and words[:1] == ["."]]
        others = [name for name, *_ in directives if name != "forward" and not _OWN.fullmatch(name)]
        upstreams = [_UPSTREAM.fullmatch(word) for words in asked for word in words]
        addresses = [match["address"] for match in upstreams if match and _is_address(match["address"])]
        if others or not upstreams or len(addresses) < len(upstreams):
            return []
        servers.append({"listens": listens, "forwards": addresses})
    return servers


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _list_blocks(text: str) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Yield each server block: its keys, and its directives as lists of words without what they nest."""
    keys: list[str] = []
    directives: list[list[str]] = [[]]
    depth = 0
    for token in _TOKEN.findall(text):
        if token == "{":
            depth += 1
        elif token == "}":
            depth -= 1
            if not depth:
                yield keys, [words for words in directives if words]
                keys, directives = [], [[]]
        elif token == "\n":
            if depth == 1:
                directives.append([])
        elif token.startswith("#"):
            continue
        elif not depth:
            keys.append(token)
        elif depth == 1:
            directives[-1].append(token.strip('"'))
