"""Tells whether the user's own post-rules open Gluetun's firewall again.

Source: gluetun v3.41.3 internal/firewall/firewall.go and iptables.go (once the firewall is set, Gluetun runs
each line of /iptables/post-rules.txt that begins with iptables or ip6tables, and refuses any other line).
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.surroundings.mounted_files import find_mounted_files
from vpnlint.surroundings.trilean import is_unresolved
from vpnlint.workloads.workload import Workload

_PATH = "/iptables/post-rules.txt"
_OUTPUT = defer_pattern(r"^\s*ip6?tables\S*\s.*\bOUTPUT\b")
_POLICY = defer_pattern(r"(-P|--policy)\s+OUTPUT\s+ACCEPT|(-F|--flush)\s+OUTPUT|(-F|--flush)\s*$")
_ACCEPT = defer_pattern(r"(-j|--jump)\s+ACCEPT")
# Limits an accepting rule to something other than the internet: the loopback, a tunnel, or a named network.
_LIMITED = r"(-o|--out-interface)\s+(lo\b|{tunnel})|(?<!! )(-d|--destination)\s+(?!0\.0\.0\.0/0|::/0)\S"


def find_firewall_rules(workload: Workload, objects: Objects, catalog: Catalog) -> list[dict[str, Any]]:
    """Return an entry for each file of post-rules that a container gets from a ConfigMap.

    An entry holds the `container`, whether the rules open the firewall (`opens`: yes, no, unknown), and the
    first `line` that does.
    """
    rules = []
    tunnel = catalog.constant["interfaces"]["tunnel"].strip("^$")
    limited = re.compile(_LIMITED.format(tunnel=tunnel))
    for container in workload.containers:
        for file in find_mounted_files(container, workload, objects):
            if posixpath.normpath(file.path) != _PATH:
                continue
            text = file.text.text if file.text is not None else ""
            lines = [line.strip() for line in text.splitlines() if _opens_output(line, limited)]
            unknown = file.text is None or file.read != "yes" or is_unresolved(text)
            opens = "yes" if lines else "unknown" if unknown else "no"
            rules.append(
                {"container": container.text_at("name"), "opens": opens, "line": lines[0] if lines else ""}
            )
    return rules


def _opens_output(line: str, limited: re.Pattern[str]) -> bool:
    """Tell whether a line lets packets out that the firewall would block."""
    if re.match(r"\s*ip6?tables", line) and _POLICY.search(line):
        return True
    return bool(_OUTPUT.search(line) and _ACCEPT.search(line) and not limited.search(line))
