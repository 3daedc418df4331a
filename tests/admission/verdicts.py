"""What vpnlint says of fixtures and of the corpus, in the words of the policies that should say the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.checkout import FIXTURES
from vpnlint.admission.check import policy_answer
from vpnlint.admission.views import views
from vpnlint.check import applied
from vpnlint.gitops.objects import NOTHING
from vpnlint.judge.judge import judge
from vpnlint.ruleset.ruleset import load_rules
from vpnlint.workloads.workload import Workload

RULESET = load_rules()
POD_VIEW, RELEASE_VIEW = views(RULESET.catalog)
# The rules that are asked of a real API server and the Kyverno CLI. The others are younger: so far their
# policies are only evaluated without a cluster (tests/admission/test_checks.py).
TRIED = frozenset(
    (
        "bound-to-pod-interface",
        "client-before-vpn",
        "ephemeral-vpn-state",
        "floating-image-tag",
        "ineffective-setting",
        "missing-kill-switch",
        "missing-tun-device",
        "no-vpn",
        "public-outbound-subnets",
        "unbound-interface",
        "unguarded-gateway",
        "userspace-tailscale",
    )
)
TRIED_RULES = tuple(rule for rule in RULESET.rules if rule.id in TRIED)
# Policies that ask for the replicas and the strategy of a controller, which a Pod alone does not have.
_OF_CONTROLLERS = {"replicated-vpn-identity", "replicated-vpn-identity-doubt"}


class Judged(NamedTuple):
    """A resource as the cluster gets it, the images in it, and the names of the policies that should find it
    wanting."""

    resource: dict[str, Any]
    images: tuple[str, ...]
    failing: frozenset[str]


def workloads(*paths: Path, rendered: bool = True) -> list[Workload]:
    """Return what runs, read in one go so that charts are found; rendered: as it stands there, nothing is
    resolved."""
    return [workload for workload, _ in applied([str(path) for path in paths], rendered=rendered)[0]]


def fixtures(rule: str = "*") -> list[Workload]:
    """Return the workloads of a rule's fixtures, or of all rules'.

    Policies don't ask about the proxies that Tailscale's operator makes: these run no client.
    """
    paths = sorted(
        path for path in FIXTURES.glob(f"{rule}/*.yaml") if path.parent.name not in ("repos", "lab")
    )
    return [workload for path in paths for workload in workloads(path) if not workload.is_proxy]


def tried_fixtures() -> list[Workload]:
    """Return the workloads of the fixtures of the rules that are tried."""
    return [workload for rule in sorted(TRIED) for workload in fixtures(rule)]


def tried(policies: frozenset[str], suffix: str) -> frozenset[str]:
    """Return those of the policies, with a view's suffix, whose rules are tried."""
    return frozenset(name for name in policies if name.removesuffix("-doubt").removesuffix(suffix) in TRIED)


def pods(found: Iterable[Workload]) -> Iterator[Judged]:
    """Yield the Pods and controllers that will run."""
    for workload in found:
        if workload.object is not None and workload.problem is None:
            yield Judged(
                workload.object.plain(nulls=False), images(workload), tried(failing([workload], ""), "")
            )


def releases(found: Iterable[Workload]) -> Iterator[tuple[dict[str, Any], list[Workload]]]:
    """Yield each HelmRelease with the workloads that come of it."""
    together: dict[int, list[Workload]] = {}
    for workload in found:
        if workload.kind == "HelmRelease":
            together.setdefault(id(workload.source), []).append(workload)
    for group in together.values():
        yield group[0].source.plain(nulls=False), group


def images(workload: Workload) -> tuple[str, ...]:
    """Return the images of a workload's containers."""
    return tuple(image.text for node in workload.containers if (image := node.get("image")) is not None)


def failing_pod(workload: Workload) -> frozenset[str]:
    """Return the policies that should find a workload's Pod wanting if it has no controller."""
    return failing([workload], "") - _OF_CONTROLLERS


def failing(group: Iterable[Workload], suffix: str) -> frozenset[str]:
    """Return the names of the policies that should find these workloads wanting; suffix is that of the
    view."""
    return frozenset(
        f"{finding.rule}{suffix}{'' if policy_answer(finding.answer, finding.severity) == 'deny' else '-doubt'}"
        for workload in group
        for finding in judge(workload, RULESET, NOTHING).findings
    )
