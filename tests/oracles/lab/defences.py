"""What stands between the client and the open: kill switches, bindings, rules on the router, a resolver."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests import libyaml
from tests.checkout import ROOT
from tests.oracles.lab.processes import run

PAGE = ROOT / "docs/kill-switch.md"

ACCEPTED = """table {family} {table} {{
  chain out {{
    type filter hook {hook} priority {priority}; policy {policy};
{rules}
  }}
}}
"""


@dataclass(frozen=True)
class Defence:
    """Several parts joined by `+`, each a mapping from scenarios.yaml with the tunnel's words filled in."""

    parts: list[dict[str, Any]]

    @property
    def environment(self) -> dict[str, str]:
        """Variables that the client is started with."""
        return {name: value for part in self.parts for name, value in part.get("environment", {}).items()}

    @property
    def entrypoint(self) -> bool:
        """Whether the image's entrypoint writes QBT_… variables into the client's settings."""
        return any(part.get("entrypoint") for part in self.parts)

    @property
    def user(self) -> int:
        """The id that the client runs as."""
        return max(int(part.get("user", 0)) for part in self.parts)

    def client(self, name: str) -> dict[str, Any]:
        """Settings for that client; a part that sets clients but not this one is a KeyError."""
        merged: dict[str, Any] = {}
        for part in self.parts:
            if "clients" in part:
                merged.update(part["clients"][name])
        return merged

    @property
    def resolver_in_tunnel(self) -> bool:
        return any(part.get("resolver") == "tunnel" for part in self.parts)

    def raise_walls(self) -> None:
        """Load the parts' packet filters and kernel settings, before any tunnel or client is there."""
        for part in self.parts:
            if filters := part.get("nftables"):
                load("home", filters, hook="output", priority="filter", first='oifname "lo" accept')
            if name := part.get("kill_switch"):
                run("home", *container(name)["command"])
            if rules := part.get("transcribed"):
                load_transcribed(rules)
            if filters := part.get("router"):
                load("isp", filters, hook="prerouting", priority="-310", first='iifname != "to-home" accept')
            for setting in part.get("sysctl", []):
                run("home", "sysctl", "-qw", setting)


def load(namespace: str, filters: dict[str, Any], hook: str, priority: str, first: str) -> None:
    """A chain that drops all but what the part accepts."""
    lines = [first, *filters["accept"]]
    text = ACCEPTED.format(
        family=filters.get("family", "inet"),
        table="kill_switch",
        hook=hook,
        priority=priority,
        policy="drop",
        rules="\n".join(f"    {line}" for line in lines),
    )
    run(namespace, "nft", "-f", "-", given=text)


def load_transcribed(rules: dict[str, Any]) -> None:
    """The iptables rules of an image's script: its policy (to drop, by default), and its rules by chain.

    Those of `input6` and `output6` are of IPv6. `commands` are what the script does besides.
    """
    policy = rules.get("policy", "DROP")
    head = ["*filter", *(f":{chain} {policy}" for chain in ("INPUT", "FORWARD", "OUTPUT"))]
    for command, family in (("iptables-restore", ""), ("ip6tables-restore", "6")):
        lines = [
            f"-A {chain} {rule}"
            for chain in ("INPUT", "OUTPUT")
            for rule in rules.get(f"{chain.lower()}{family}", [])
        ]
        run("home", command, given="\n".join([*head, *lines, "COMMIT", ""]))
    for command in rules.get("commands", []):
        run("home", *command.split())


def container(name: str) -> dict[str, Any]:
    """The init container that docs/kill-switch.md proposes under that name."""
    _, _, rest = PAGE.read_text().partition(f"<!-- kill-switch: {name} -->\n```yaml\n")
    proposed: dict[str, Any]
    (proposed,) = libyaml.load(rest.partition("```")[0])["initContainers"]
    return proposed


def filled(parts: list[dict[str, Any]], words: dict[str, str]) -> list[dict[str, Any]]:
    """The same parts with `{device}` and such replaced in every string."""
    text = json.dumps(parts)
    for name, word in words.items():
        text = text.replace("{" + name + "}", word)
    replaced: list[dict[str, Any]] = json.loads(text)
    return replaced
