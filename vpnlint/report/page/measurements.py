"""What the page rests on: the measurements that its cells and rules cite."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from vpnlint.report.pages import find_evidence_file, find_evidence_page
from vpnlint.results.result import Result
from vpnlint.ruleset.rule import Rule


class Measurement(NamedTuple):
    """A measurement: its name, the address of the page that shows it, and the file that holds it.

    The address is empty where it is not known where the site is; address and file are empty where a rule of
    the user's own cites something else.
    """

    name: str
    address: str
    file: str


def list_measurements(result: Result, rules: Iterable[Rule], docs: str) -> dict[str, Measurement]:
    """Return name → Measurement for all that the matrices and these rules cite, in alphabetical order.

    docs: the address of the site, empty where it is not known.
    """
    matrices = [
        matrix
        for workload in result.workloads
        for matrix in (workload.matrix, *(route.matrix for route in workload.routes))
    ]
    names = {cell.evidence for matrix in matrices for row in matrix.values() for cell in row.values()}
    names |= {name for rule in rules for name in rule.evidence}
    return {
        name: Measurement(name, find_evidence_page(docs, name), find_evidence_file(name))
        for name in sorted(names)
        if name
    }
