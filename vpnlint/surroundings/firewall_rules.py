"""Rules of the user's own that a VPN's firewall runs last, and whether they open it again.

Source: gluetun v3.41.3 internal/firewall/firewall.go and iptables.go (each line of /iptables/post-rules.txt
that begins with iptables or ip6tables is run with its own arguments once the firewall stands; others are
refused).
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.ruleset.catalog import Catalog
from vpnlint.surroundings.mounted_files import find_mounted_files
from vpnlint.surroundings.trilean import is_unresolved
from vpnlint.workloads.workload import Workload

_PATH = "/iptables/post-rules.txt"
_OUTPUT = re.compile(r"^\s*ip6?tables\S*\s.*\bOUTPUT\b")
_POLICY = re.compile(r"(-P|--policy)\s+OUTPUT\s+ACCEPT|(-F|--flush)\s+OUTPUT|(-F|--flush)\s*$")
_ACCEPT = re.compile(r"(-j|--jump)\s+ACCEPT")
# What limits a rule that accepts to somewhere that is not the internet: the loopback, a tunnel, or a network
# that is named.
_LIMITED = r"(-o|--out-interface)\s+(lo\b|{tunnel})|(?<!! )(-d|--destination)\s+(?!0\.0\.0\.0/0|::/0)\S"


def find_firewall_rules(workload: Workload, objects: Objects, catalog: Catalog) -> list[dict[str, Any]]:
    """Return the post-rules that each container has from a ConfigMap.

    container, opens (yes, no, unknown), and the line that opens.
    """
    found = []
    tunnel = catalog.constant["interfaces"]["tunnel"].strip("^$")
    limited = re.compile(_LIMITED.format(tunnel=tunnel))
    for container in workload.containers:
        for file in find_mounted_files(container, workload, objects):
            if posixpath.normpath(file.path) != _PATH:
                continue
            text = file.text.text if file.text is not None else ""
            lines = [line.strip() for line in text.splitlines() if _opens(line, limited)]
            unknown = file.text is None or file.read != "yes" or is_unresolved(text)
            opens = "yes" if lines else "unknown" if unknown else "no"
            found.append(
                {"container": container.text_at("name"), "opens": opens, "line": lines[0] if lines else ""}
            )
    return found


def _opens(line: str, limited: re.Pattern[str]) -> bool:
    """Tell whether a line lets out what the firewall holds back."""
    if re.match(r"\s*ip6?tables", line) and _POLICY.search(line):
        return True
    return bool(_OUTPUT.search(line) and _ACCEPT.search(line) and not limited.search(line))
