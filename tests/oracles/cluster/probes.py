"""What an API server is asked about: objects as it takes them, and what every policy should say of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests import libyaml
from tests.admission.verdicts import RELEASE_VIEW, fixtures, messages, messages_of_pod, releases, workloads
from tests.oracles.cluster.client import Answer
from tests.oracles.cluster.objects import as_release, named, release, template
from tests.shipped import RULESET
from vpnlint.admission.bundle import STEM
from vpnlint.admission.view_evaluator import Offline
from vpnlint.workloads.workload import Workload

# The prefixes of the labels that say which policies are asked about an object, to warn and to refuse.
ASKED, REFUSED = "asked-of", "refused-by"
# The HTTP status of what is no valid object.
_INVALID = (400, 422)
# The API server and Kyverno 1.19.1 (pkg/webhooks/resource/vpol/handler.go), each in its own words.
_SAID = re.compile(
    r"(?:ValidatingAdmissionPolicy '(?P<native>[^']+)' with binding '[^']+'(?: denied request)?: "
    r"|Policy (?P<kyverno>[a-z0-9-]+) (?:failed|error): )"
)
# A finding in the message of a bundle.
_FINDING = re.compile(r"\[([a-z0-9-]+)\] (.*?)(?=\[[a-z0-9-]+\] |$)")
RELEASES = Offline(RELEASE_VIEW, RULESET.catalog)


@dataclass(frozen=True)
class Probe:
    """An object, what vpnlint says of it by the names of the policies that should say it, and its file."""

    document: dict[str, Any]
    expected: Mapping[str, Sequence[str]]
    file: str

    def asking(self, policies: Iterable[str], label: str = "") -> dict[str, Any]:
        """Return the object with the labels by which these policies are asked about it (NativePolicies)."""
        metadata = self.document["metadata"]
        labels = {**metadata.get("labels", {}), **{f"{label or ASKED}/{name}": "yes" for name in policies}}
        return {**self.document, "metadata": {**metadata, "labels": labels}}

    @property
    def is_refused(self) -> bool:
        """Whether a policy that refuses should find it wanting."""
        return any(not name.endswith("-doubt") for name in self.expected)

    @property
    def speaking(self) -> set[str]:
        """The policies that should find it wanting, among them the bundle's."""
        suffix = RELEASE_VIEW.suffix if self.document["kind"] == "HelmRelease" else ""
        answers = {"-doubt" if name.endswith("-doubt") else "" for name in self.expected}
        return {*self.expected, *(f"{STEM}{suffix}{answer}" for answer in answers)}

    def differences(self, answer: Answer) -> list[str]:
        """Return the names of the policies whose answer about the object is not vpnlint's."""
        said = spoken(answer)
        names = said.keys() ^ self.expected.keys()
        # What a doubt hangs on, a cluster that sees the object alone may have to say in other words.
        both = {name for name in said.keys() - names if not name.endswith("-doubt")}
        other = {name for name in both if not _is_one_of(said[name], self.expected[name])}
        return [f"{self.file}: {name}: {said.get(name, 'nothing')}" for name in sorted(names | other)]


def pods(found: Iterable[Workload]) -> list[Probe]:
    """Return the workloads as Pods."""
    return [
        Probe(
            named({"apiVersion": "v1", "kind": "Pod", **template(workload)}),
            messages_of_pod(workload),
            workload.source.file,
        )
        for workload in found
        if workload.template is not None and workload.problem is None
    ]


def helm_releases(found: Iterable[Workload]) -> list[Probe]:
    """Return the HelmReleases whose Pods the view can tell, or of which nothing is to be said."""
    return [
        Probe(release(document), expected, group[0].source.file)
        for document, group, expected in _judged_releases(found)
        if not expected or RELEASES.find_pods(document)
    ]


def made_releases(of_pods: Iterable[Probe], file: Path) -> list[Probe]:
    """Return HelmReleases of app-template that make some of these Pods, of each rule one.

    They are written to the file, of which vpnlint says what it thinks of them.
    """
    # Braces for Gluetun would be a template of Helm's in the values.
    plain = (probe for probe in of_pods if "{{" not in str(probe.document))
    made = [as_release({"metadata": {}, **probe.document}) for probe in cover(plain)]
    file.write_text(libyaml.dump_all(made), encoding="utf-8")
    return helm_releases(workloads(file))


@cache
def pods_of_fixtures() -> list[Probe]:
    """Return the workloads of the fixtures as Pods, made once for all tests of a process."""
    return pods(fixtures())


@cache
def helm_releases_of_fixtures() -> list[Probe]:
    """Return the HelmReleases among the fixtures, read once for all tests of a process."""
    return helm_releases(fixtures())


@cache
def releases_of_fixtures() -> list[Probe]:
    """Return the HelmReleases that make Pods of fixtures, made once for all tests of a process."""
    with TemporaryDirectory() as folder:
        return made_releases(pods_of_fixtures(), Path(folder) / "releases.yaml")


def undecided_releases(found: Iterable[Workload]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the file and the object of each HelmRelease that is left to the policies for Pods."""
    for document, group, expected in _judged_releases(found):
        if expected and not RELEASES.find_pods(document):
            yield group[0].source.file, document


def _judged_releases(
    found: Iterable[Workload],
) -> Iterator[tuple[dict[str, Any], list[Workload], dict[str, list[str]]]]:
    for document, group in releases(found):
        if all(workload.template is not None and workload.problem is None for workload in group):
            yield document, group, messages(group, RELEASE_VIEW.suffix)


def is_valid(answer: Answer) -> bool:
    """Tell whether the API server takes what it was asked about for an object of its kind."""
    return answer.status not in _INVALID or bool(spoken(answer))


def spoken(answer: Answer) -> dict[str, str]:
    """Return what each policy said in a refusal or in warnings, by its name."""
    said: dict[str, str] = {}
    for text in (*answer.warnings, *([] if answer.admitted else [answer.message])):
        places = list(_SAID.finditer(text))
        ends = [*(place.start() for place in places[1:]), len(text)]
        for place, end in zip(places, ends, strict=False):
            said[place["native"] or place["kyverno"]] = text[place.end() : end].rstrip("; ")
    return said


def cover(probes: Iterable[Probe]) -> list[Probe]:
    """Return few of the probes of which, together, every policy has something to say that it has of any."""
    left = list(probes)
    wanted = {name for probe in left for name in probe.expected}
    chosen: list[Probe] = []
    while wanted:
        best = max(left, key=lambda probe: len(wanted & probe.expected.keys()))
        wanted -= best.expected.keys()
        chosen.append(best)
    return chosen


def bundle_differences(probe: Probe, said: Mapping[str, str]) -> list[str]:
    """Return where a bundle's policies, by name, do not say each of vpnlint's findings about a probe.

    Where there are so many that each is shortened, they say each rule.
    """
    differing = []
    for policy, text in said.items():
        ours = [
            (_rule(name), _words(message))
            for name, messages in probe.expected.items()
            for message in messages
            if name.endswith("-doubt") == policy.endswith("-doubt")
        ]
        theirs = [(found[1], _words(found[2])) for found in _FINDING.finditer(text)]
        if "…" in text and {rule for rule, _ in ours} == {rule for rule, _ in theirs}:
            continue
        if policy.endswith("-doubt"):
            ours, theirs = [(rule, "") for rule, _ in ours], [(rule, "") for rule, _ in theirs]
        if sorted(ours) != sorted(theirs):
            differing.append(f"{probe.file}: {policy}: {text or 'nothing'}: {ours}")
    return differing


def _rule(policy: str) -> str:
    return policy.removesuffix("-doubt").removesuffix(RELEASE_VIEW.suffix)


def _is_one_of(text: str, messages: Sequence[str]) -> bool:
    """Tell whether a text is one of the messages; the API server shortens warnings if they get many."""
    ours = [" ".join(message.split()) for message in messages]
    same = _words(text) in map(_words, ours)
    return same or any(message.startswith(text) for message in ours if len(text) > 100)


def _words(text: str) -> str:
    """Return the words of a message in one order: that of a map's keys is any in Go."""
    return " ".join(sorted(text.replace(":", " ").split()))
