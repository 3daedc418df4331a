"""The leak matrix by set-up: what is measured behind each tunnel, alone and with each defence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tools.site.rules import link_evidence
from tools.site.text import format_table
from vpnlint.ruleset.defences import NAMES, Defences, Layer, Measurement, Situation, read_defences

# How a client sends → a program of the catalogue that does.
_CLIENTS = {"per-interface": "qbittorrent", "routed": "transmission"}
_WORDS = {
    "per-interface": "A client with a socket on every interface (libtorrent: qBittorrent, Deluge)",
    "routed": "A client that follows the routing table (Transmission)",
}


def make_matrix_page() -> str:
    """Return the page as Markdown."""
    return "\n".join(_page(read_defences()))


def _page(defences: Defences) -> Iterator[str]:
    yield "# The leak matrix by set-up\n"
    yield "What the lab measured, by VPN, client and defence. `vpnlint matrix` puts a Pod's matrix together"
    yield "from these tables (`rules/defences.yaml`). Each verdict links to its measurement; an empty cell"
    yield "was measured by nobody.\n"
    yield "| situation | when |\n|---|---|"
    yield from (f"| `{name}` | {_plain(words)} |" for name, words in defences.scenarios.items())
    yield ""
    yield "| traffic | if it leaks |\n|---|---|"
    yield from (f"| `{name}` | {_plain(words)} |" for name, words in defences.traffic.items())
    yield ""
    for tunnel in defences.tunnels:
        blocks = list(_tunnel(tunnel, defences))
        if blocks:
            yield f"## {tunnel.title}\n"
            yield from blocks
    yield "## Names, by the resolver that is asked\n"
    for resolver in defences.resolvers:
        yield from _resolver(resolver, defences)


def _tunnel(tunnel: Layer, defences: Defences) -> Iterator[str]:
    for sends, client in _CLIENTS.items():
        setting = Situation(tunnel.id, "", sends, client)
        cells = tunnel.list_cells(setting)
        if not any(cell.evidence for cell in cells.values()):
            continue
        yield f"### {_WORDS[sends]}\n"
        yield "With no other defence:\n"
        yield from _table(cells, defences)
        for part in defences.defences:
            held = part.list_cells(setting)
            if held and part.change:
                yield f"With **{part.id.replace('-', ' ')}** ({_plain(part.change)}):\n"
                yield from _table(held, defences)


def _resolver(resolver: Layer, defences: Defences) -> Iterator[str]:
    """Yield a table for each group of tunnels behind which its names fare alike."""
    groups: dict[tuple[tuple[tuple[str, str], Measurement], ...], list[str]] = {}
    for tunnel in defences.tunnels:
        cells = resolver.list_cells(Situation(tunnel.id, resolver.id, "routed", _CLIENTS["routed"]))
        names = tuple((key, cell) for key, cell in cells.items() if key[1] == NAMES)
        if names and tunnel.rows:
            groups.setdefault(names, []).append(tunnel.title)
    if groups:
        yield f"### {resolver.title}\n"
    for names, titles in groups.items():
        if len(groups) > 1:
            yield f"{'; '.join(titles)}:\n"
        yield from _table(dict(names), defences)


def _table(cells: Mapping[tuple[str, str], Measurement], defences: Defences) -> Iterator[str]:
    scenarios = [name for name in defences.scenarios if any(key[0] == name for key in cells)]
    traffics = [name for name in defences.traffic if any(key[1] == name for key in cells)]
    rows = [
        (f"`{scenario}`", *(_cell(cells.get((scenario, traffic))) for traffic in traffics))
        for scenario in scenarios
    ]
    yield from format_table(("", *traffics), rows)


def _cell(measured: Measurement | None) -> str:
    if measured is None:
        return ""
    word = f"**{measured.verdict}**" if measured.verdict == "LEAK" else measured.verdict
    if measured.seen_by:
        word += f" ({measured.seen_by})"
    return f"{word} {link_evidence(measured.evidence)}" if measured.evidence else word


def _plain(words: str) -> str:
    names = {"client": "the client", "vpn": "the VPN", "interface": "the tunnel's interface"}
    for name, word in names.items():
        words = words.replace(f"{{{name}}}", word)
    return words
