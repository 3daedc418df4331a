"""Times how a real API server admits Pods and HelmReleases with vpnlint's policies, and without any.

It writes its table into a page, too:

    admission.py [--requests N] [--write FILE]

One server after the other, each started anew, so that none shares its memory or the machine with another.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.admission.verdicts import fixtures, workloads
from tests.checkout import FIXTURES, ROOT
from tests.oracles.cluster.client import wait
from tests.oracles.cluster.control_plane import ControlPlane
from tests.oracles.cluster.objects import named, release, template
from tests.oracles.cluster.policies import Documents, emitted
from tests.oracles.cluster.probes import Probe, cover, helm_releases, pods, spoken
from tests.oracles.cluster.programs import missing

_CLIENT = FIXTURES / "repos" / "seed-gluetun" / "fixed"
_MARKS = re.compile(r"(<!-- admission -->\n).*(<!-- /admission -->\n)", re.DOTALL)
_NOTHING = "none"
# Requests that do not count: the first ones find nothing in any cache.
_WARM_UP = 10
# So many seconds a set-up's policies may need to come into force, and the requests about one object may take:
# the whole has to end on a busy machine, too, and what took longer is said.
_IN_FORCE, _ASKING = 120, 75


class Setup(NamedTuple):
    """What stands between a request and its answer: a form of policies (none: empty), bundled or by rule."""

    title: str
    form: str = ""
    bundled: bool = False


_SETUPS = (
    Setup("no policies"),
    Setup("native, bundle", "vap", True),
    Setup("native, a policy for each rule", "vap"),
    Setup("Kyverno, bundle", "validatingpolicy", True),
    Setup("Kyverno, a policy for each rule", "validatingpolicy"),
)


def admission(requests: int) -> Iterator[str]:
    """Yield the lines of the table; each server gets so many requests for each object and keeps none."""
    reason = missing()
    if reason:
        yield f"Skipped: {reason}."
        return
    asked = _objects()
    where = f"on {os.cpu_count()} cores ({platform.machine()}), load {os.getloadavg()[0]:.1f} before"
    yield f"Median and 99th percentile of {requests} requests that are admitted, {where};"
    yield f"{time.strftime('%Y-%m-%d', time.gmtime())}, commit {_commit()}."
    yield ""
    heads = [*asked, "API server's memory", "Kyverno's", "slowest to be taken in", "all in force"]
    yield f"| policies | {' | '.join(heads)} |"
    yield f"|---|{'--:|' * len(heads)}"
    probes = cover([*pods(fixtures()), *helm_releases(fixtures())])
    for setup in _SETUPS:
        yield _row(setup, asked, probes, requests)


def _objects() -> dict[str, dict[str, Any]]:
    """Return the objects that are asked about, all of which are admitted, by what they are."""
    found = next(one for one in workloads(_CLIENT) if one.kind == "HelmRelease")
    client = {"apiVersion": "v1", "kind": "Pod", **template(found)}
    other = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {},
        "spec": {"containers": [{"name": "app", "image": "ghcr.io/buroa/echo:1.0"}]},
    }
    return {
        "HelmRelease with a client": release(found.source.to_plain(nulls=False)),
        "Pod with a client": client,
        "Pod without": other,
    }


def _row(setup: Setup, asked: dict[str, dict[str, Any]], probes: Sequence[Probe], requests: int) -> str:
    with tempfile.TemporaryDirectory() as folder, ControlPlane(Path(folder)) as plane:
        if setup.form == "validatingpolicy":
            plane.install_kyverno()
        taken = [_NOTHING, _NOTHING]
        title = setup.title
        if setup.form:
            documents = emitted(setup.form, bundled=setup.bundled)
            policies = [one for one in documents if one["kind"].endswith("Policy")]
            title += f" ({len(policies)})"
            taken = _put_in_force(plane, documents, probes)
        cells = [_cell(plane, document, requests) for document in asked.values()]
        memory = [
            f"{plane.memory(name):.0f} MB" for name in ("kube-apiserver", "kyverno") if plane.runs(name)
        ]
        cells += [*memory, _NOTHING][:2]
    return f"| {title} | {' | '.join([*cells, *taken])} |"


def _put_in_force(plane: ControlPlane, documents: Documents, probes: Sequence[Probe]) -> list[str]:
    """Apply policies so that each answer names all that fail, and wait until every one has been named.

    Return how long the slowest took to be taken in, and after how long all are in force.
    """
    answers = plane.ask([probe.document for probe in probes])
    valid = [probe for probe, answer in zip(probes, answers, strict=True) if answer.admitted]
    started = time.monotonic()
    ends = started + _IN_FORCE
    times: dict[str, float] = {}
    for document in documents:
        if time.monotonic() > ends:
            break
        if document["kind"] in ("ValidatingAdmissionPolicyBinding", "ValidatingPolicy"):
            document = {**document, "spec": {**document["spec"], "validationActions": ["Warn"]}}
        before = time.perf_counter()
        plane.apply(document)
        # A native policy and its binding have one name.
        name = document["metadata"]["name"]
        times[name] = times.get(name, 0) + time.perf_counter() - before
    names = {one["metadata"]["name"] for one in documents if "Policy" in one["kind"]}
    wanted = names & {name for probe in valid for name in probe.speaking}
    spoke: set[str] = set()

    def all_spoke() -> bool:
        for answer in plane.ask([probe.document for probe in valid if probe.speaking & wanted - spoke]):
            spoke.update(spoken(answer))
        return spoke >= wanted

    slowest = max(times, key=lambda name: times[name])
    taken = f"{times[slowest]:.1f} s ({slowest})"
    try:
        wait("every policy to speak", all_spoke, max(0, ends - time.monotonic()))
    except TimeoutError:
        few = f"{len(names & times.keys())} of {len(names)} taken in, " if names - times.keys() else ""
        return [
            taken,
            f"{few}{len(spoke)} of {len(wanted)} in force after {time.monotonic() - started:.0f} s",
        ]
    return [taken, f"after {time.monotonic() - started:.0f} s"]


def _cell(plane: ControlPlane, document: dict[str, Any], requests: int) -> str:
    times: list[float] = []
    ends = time.monotonic() + _ASKING
    while len(times) < requests + _WARM_UP and time.monotonic() < ends:
        one = named(document)
        started = time.perf_counter()
        answer = plane.client.create(one, dry_run=True)
        times.append(1000 * (time.perf_counter() - started))
        if answer.busy:
            return "no answer in time"
        if not answer.admitted or any(not name.endswith("-doubt") for name in spoken(answer)):
            raise SystemExit(f"bench: {answer.message} {answer.warnings}")
    counted = sorted(times[_WARM_UP:])
    if not counted:
        return f"{len(times)} requests in {_ASKING} s"
    few = f" ({len(counted)} requests)" if len(counted) < requests else ""
    return f"{statistics.median(counted):.1f} / {counted[int(0.99 * len(counted))]:.1f} ms{few}"


def _commit() -> str:
    def git(*arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    return git("rev-parse", "--short", "HEAD") + (" with changes" if git("status", "--porcelain") else "")


def main() -> None:
    """Measure, print the table, and write it between the marks of a page where asked."""
    parser = argparse.ArgumentParser(description="Time admission with vpnlint's policies.")
    parser.add_argument("--requests", type=int, default=200, help="for each object (default: 200)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table there, too")
    arguments = parser.parse_args()
    lines = []
    for line in admission(arguments.requests):
        print(line, flush=True)
        lines.append(line)
    if arguments.write:
        page = arguments.write.read_text(encoding="utf-8")
        table = "\n".join(lines) + "\n"
        written, times = _MARKS.subn(lambda match: f"{match[1]}{table}{match[2]}", page)
        if not times:
            raise SystemExit(f"bench: {arguments.write} has no place for the table")
        arguments.write.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
