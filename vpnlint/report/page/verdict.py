"""The verdict on a workload: a level to sort and count by, and a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from vpnlint.report.matrix import explain_missing_matrix, list_conditions
from vpnlint.results.matrix import Cell
from vpnlint.results.result import JudgedWorkload

# The levels with their heading, the worst first.
LEVELS = {
    "leak": "leaking",
    "perhaps": "may leak",
    "unknown": "unknown",
    "names": "leaking only names",
    "outside": "guarded elsewhere",
    "safe": "leak-tight",
}
TRAFFIC = {
    "peers": "peer traffic",
    "fetch": "downloaded torrents and feeds",
    "dns": "looked-up names",
    "ipv6": "IPv6 traffic",
}
_MOST_SCENARIOS = 2


class Verdict(NamedTuple):
    """A key of LEVELS, and what is to be said of the workload in a sentence."""

    level: str
    sentence: str


def find_verdict(workload: JudgedWorkload, moments: Mapping[str, str]) -> Verdict:
    """Return the verdict on a workload. moments: scenario → when that is, such as `until gluetun is up`."""
    if not workload.matrix:
        return Verdict(
            "unknown", f"It is not known whether anything leaks: {explain_missing_matrix(workload)}."
        )
    cells = [
        (scenario, traffic, cell)
        for scenario, row in workload.matrix.items()
        for traffic, cell in row.items()
    ]
    certain = [item for item in cells if item[2].verdict == "LEAK" and not item[2].condition]
    leaking = [item for item in certain if item[2].seen_by != "cluster"]
    if leaking:
        return Verdict("leak", _leak(leaking, workload, moments))
    if any(cell.condition and cell.verdict == "LEAK" for _, _, cell in cells):
        known = [
            note.removeprefix("LEAK ") for note in list_conditions(workload.matrix) if note[:5] == "LEAK "
        ]
        return Verdict("perhaps", f"Packets leave outside the VPN {_joined(known, 'and')}.")
    missing = sum(cell.verdict == "unknown" or bool(cell.condition) for _, _, cell in cells)
    if missing:
        # Where names go to the cluster, too, what nobody knows is the worse news.
        nobody = f"No leak is known, but {missing} of {len(cells)} cells are not known"
        if missing == len(cells):
            nobody = f"Whether anything leaks is not known: none of the {missing} cells can be decided"
        return Verdict("unknown", f"{nobody}{_cluster(certain)}.")
    outside = next((cell.reason for _, _, cell in cells if cell.verdict == "outside"), "")
    if outside:
        return Verdict("outside", f"Its packets leave the Pod unprotected; their way is {outside}.")
    if certain:
        return Verdict(
            "names",
            "No packet leaves outside the VPN, but names it looks up reach the cluster's own resolver.",
        )
    return Verdict(
        "safe",
        f"Every packet takes the tunnel or is blocked, in all {len(workload.matrix)} situations.",
    )


def _leak(
    leaking: Sequence[tuple[str, str, Cell]], workload: JudgedWorkload, moments: Mapping[str, str]
) -> str:
    kinds = [TRAFFIC.get(traffic, traffic) for traffic in dict.fromkeys(item[1] for item in leaking)]
    scenarios = list(dict.fromkeys(item[0] for item in leaking))
    if len(leaking) == sum(map(len, workload.matrix.values())):
        return "Everything leaves from your own address, always."
    what = f"{_joined(kinds, 'and')} can be seen at your own address"
    what = what[0].upper() + what[1:]
    if len(scenarios) == len(workload.matrix):
        return f"{what} in every situation."
    shown = [moments.get(name, name) for name in scenarios[:_MOST_SCENARIOS]]
    more = len(scenarios) - len(shown)
    if more:
        shown.append(f"in {more} more {'situation' if more == 1 else 'situations'}")
    return f"{what} {_joined(shown, 'and')}."


def _cluster(certain: Sequence[object]) -> str:
    return ", and names reach the cluster's own resolver" if certain else ""


def _joined(texts: Iterable[str], word: str) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    parts = list(texts)
    return f" {word} ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
