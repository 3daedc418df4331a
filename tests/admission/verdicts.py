"""What vpnlint says of fixtures and of the corpus, in the words of the policies that should say the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.checkout import FIXTURES, take_turn
from tests.shipped import RULESET
from vpnlint.admission.check import find_policy_answer
from vpnlint.admission.emission import Emission
from vpnlint.admission.views import read_views
from vpnlint.check import list_workloads
from vpnlint.gitops.objects import NOTHING
from vpnlint.judge.judge import judge_workload
from vpnlint.results.finding import Finding
from vpnlint.source.edit import map_values
from vpnlint.workloads.workload import Workload

POD_VIEW, RELEASE_VIEW = read_views(RULESET.catalog)
# A form of policies by each commit; both by `make properties`.
FORMS = take_turn(["validatingpolicy", "vap"], of=2)
# Policies that ask for the replicas and the strategy of a controller, which a Pod alone does not have.
_OF_CONTROLLERS = {"replicated-vpn-identity", "replicated-vpn-identity-doubt"}
# Findings by the identity of the workload, which is kept with them, so that no other gets it.
_FOUND: dict[int, tuple[Workload, Sequence[Finding]]] = {}


class Judged(NamedTuple):
    """A resource as the cluster gets it, the images in it, and the names of the policies that should find it
    wanting."""

    resource: dict[str, Any]
    images: tuple[str, ...]
    failing: frozenset[str]


def workloads(*paths: Path, rendered: bool = True) -> list[Workload]:
    """Return what runs, read in one go so that charts are found; rendered: as it stands there, nothing is
    resolved."""
    return [workload for workload, _ in list_workloads([str(path) for path in paths], rendered=rendered)[0]]


@cache
def emit_all(form: str) -> Emission:
    """Return the policies of all rules in a form; the checks behind them are made once in a process."""
    return Emission(RULESET, RULESET.rules, form, denies=True)


@cache
def fixtures(rule: str = "*") -> tuple[Workload, ...]:
    """Return the workloads of a rule's fixtures, or of all rules', which are read once.

    Policies don't ask about the proxies that Tailscale's operator makes: these run no client.
    """
    if rule != "*":
        return tuple(one for one in fixtures() if Path(one.source.file).parent.name == rule)
    paths = sorted(path for path in FIXTURES.glob("*/*.yaml") if path.parent.name not in ("repos", "lab"))
    return tuple(workload for path in paths for workload in workloads(path) if not workload.is_proxy)


def pods(found: Iterable[Workload]) -> Iterator[Judged]:
    """Yield the Pods and controllers that will run."""
    for workload in found:
        if workload.object is not None and workload.problem is None:
            yield Judged(workload.object.to_plain(nulls=False), images(workload), failing([workload], ""))


def releases(found: Iterable[Workload]) -> Iterator[tuple[dict[str, Any], list[Workload]]]:
    """Yield each HelmRelease with the workloads that come of it."""
    together: dict[int, list[Workload]] = {}
    for workload in found:
        if workload.kind == "HelmRelease":
            together.setdefault(id(workload.source), []).append(workload)
    for group in together.values():
        yield group[0].source.to_plain(nulls=False), group


def images(workload: Workload) -> tuple[str, ...]:
    """Return the images of a workload's containers."""
    return tuple(image.text for node in workload.containers if (image := node.get("image")) is not None)


def failing_pod(workload: Workload) -> frozenset[str]:
    """Return the policies that should find a workload's Pod wanting if it has no controller."""
    return frozenset(messages_of_pod(workload))


def failing(group: Iterable[Workload], suffix: str) -> frozenset[str]:
    """Return the names of the policies that should find these workloads wanting; suffix is that of the
    view."""
    return frozenset(messages(group, suffix))


def messages_of_pod(workload: Workload) -> dict[str, list[str]]:
    """Return what those policies may say of a workload's Pod if it has no controller, by their names."""
    said = messages([workload], "")
    return {name: texts for name, texts in said.items() if name not in _OF_CONTROLLERS}


def messages(group: Iterable[Workload], suffix: str) -> dict[str, list[str]]:
    """Return what vpnlint says of these workloads by the name of the policy that should say it, too."""
    said: dict[str, list[str]] = {}
    for workload in group:
        for finding in _judge_alone(workload):
            refuses = find_policy_answer(finding.answer, finding.severity) == "deny"
            said.setdefault(f"{finding.rule}{suffix}{'' if refuses else '-doubt'}", []).append(
                finding.message
            )
    return said


def _judge_alone(workload: Workload) -> Sequence[Finding]:
    """Return what vpnlint says of a workload that is seen alone, worked out once for each in a process."""
    if id(workload) not in _FOUND:
        # Admission shows a policy one object: none of those that a chart makes beside it, and not the values
        # that made a Pod, in which a VPN may be off.
        source = map_values(workload.source, ("spec", "values"), lambda _: None)
        alone = workload._replace(beside=(), source=source)
        _FOUND[id(workload)] = workload, judge_workload(alone, RULESET, NOTHING).findings
    return _FOUND[id(workload)][1]
