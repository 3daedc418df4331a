"""Times how real API servers admit a HelmRelease: without policies, with the native ones, with Kyverno's.

Part of bench.py. The three servers run side by side and take turns, so that what else the machine does meets
all of them.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.admission.verdicts import workloads
from tests.checkout import FIXTURES
from tests.oracles.cluster.client import wait
from tests.oracles.cluster.control_plane import ControlPlane
from tests.oracles.cluster.objects import as_release, named, release, template
from tests.oracles.cluster.policies import emitted, refused
from tests.oracles.cluster.programs import missing

_CLIENT = FIXTURES / "repos" / "seed-gluetun" / "fixed"
_OTHER = {
    "controllers": {
        "main": {"containers": {"app": {"image": {"repository": "ghcr.io/buroa/echo", "tag": "1.0"}}}}
    }
}
_FORMS = {"none": "", "all native": "vap", "all of Kyverno's": "validatingpolicy"}


def admission(requests: int) -> Iterator[str]:
    """Yield the lines of the comparison; each server gets so many requests of each release and keeps none."""
    yield "## Admission of a HelmRelease, all rules"
    yield ""
    reason = missing()
    if reason:
        yield f"Skipped: {reason}."
        return
    with ExitStack() as stack:
        planes = {name: _plane(stack, form) for name, form in _FORMS.items()}
        for title, document in _releases().items():
            times = _times(planes, document, requests)
            yield f"| {title}: policies | median | fastest | 95 % below |"
            yield "|---|--:|--:|--:|"
            for name, seconds in times.items():
                ordered = [1000 * second for second in sorted(seconds)]
                late = ordered[int(0.95 * len(ordered))]
                median = statistics.median(ordered)
                yield f"| {name} | {median:.1f} ms | {ordered[0]:.1f} ms | {late:.1f} ms |"
            yield ""


def _plane(stack: ExitStack, form: str) -> ControlPlane:
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    plane = stack.enter_context(ControlPlane(Path(folder)))
    if form == "validatingpolicy":
        plane.install_kyverno()
    for document in emitted(form) if form else []:
        plane.apply(document)
    if form:
        bad = as_release(template(workloads(FIXTURES / "no-vpn" / "fail.switched-off.yaml")[0]))
        wait("the policies", lambda: refused(plane.client, named(bad)))
        time.sleep(5)  # the last of them, which nothing tells
    return plane


def _releases() -> dict[str, dict[str, Any]]:
    found = next(one for one in workloads(_CLIENT) if one.kind == "HelmRelease")
    other = {"kind": "HelmRelease", "apiVersion": "", "metadata": {}, "spec": {"values": _OTHER}}
    return {"a torrent client": release(found.source.plain(nulls=False)), "another program": release(other)}


def _times(
    planes: dict[str, ControlPlane], document: dict[str, Any], requests: int
) -> dict[str, list[float]]:
    times: dict[str, list[float]] = {name: [] for name in planes}
    for _ in range(requests + 10):
        for name, plane in planes.items():
            one = named(document)
            started = time.perf_counter()
            answer = plane.client.create(one, dry_run=True)
            times[name].append(time.perf_counter() - started)
            if not answer.admitted:
                raise SystemExit(f"bench: {name}: {answer.message}")
    return {name: seconds[10:] for name, seconds in times.items()}


if __name__ == "__main__":
    print("\n".join(admission(300)))
