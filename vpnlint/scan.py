"""Files → what each may be, by a search of its bytes: most of a repository is never parsed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from vpnlint.discover import STANDARD_INPUT, discover, shown
from vpnlint.errors import InputError
from vpnlint.files import STANDARD_INPUT_NAME, File, decode
from vpnlint.gitops.local_chart import CHART, VALUES
from vpnlint.gitops.tree import KUSTOMIZATIONS

# More than the kinds of objects: who mentions one in passing is read in vain, no more.
_KIND = re.compile(r"""kind["']?\s*:\s*(?:[!&]\S+\s+)*["']?(\w+)""")
_KIND_BYTES = re.compile(_KIND.pattern.encode())
_RUNS_PODS = frozenset(
    (
        "HelmRelease",
        "Pod",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "Job",
        "CronJob",
        "Application",
    )
)
# What leads to objects, and what decides of Pods that it selects.
_LEADS = frozenset(("Kustomization", "ResourceSet", "Application", "ApplicationSet"))
_SELECTS = frozenset(
    (
        "NetworkPolicy",
        "CiliumNetworkPolicy",
        "CiliumClusterwideNetworkPolicy",
        "CiliumEgressGatewayPolicy",
        "Namespace",
    )
)
# What matters only where something names it.
_NAMED = frozenset(
    (
        "ConfigMap",
        "Secret",
        "ExternalSecret",
        "SealedSecret",
        "OCIRepository",
        "HelmChart",
        "NetworkAttachmentDefinition",
    )
)
_AROUND = _LEADS | _SELECTS | _NAMED
# A HelmRelease whose client's name may stand elsewhere, and one that may be a gateway.
_MAY_MATTER = re.compile(r"\bvaluesFrom\b|\bpod-gateway\b")
_MAY_MATTER_BYTES = re.compile(_MAY_MATTER.pattern.encode())
_NAMES = re.compile(r"""\bname["']?\s*:\s*(?:[!&]\S+\s+)*["']?([^\s"',{}]*(?:\$\{[^}]*\}[^\s"',{}]*)*)""")
_VARIABLE = re.compile(r"\\\$\\\{.*?\\\}")
_WORD = re.compile(rb"[\w.-]+")


@dataclass
class Scan:
    """What was found below some paths.

    concerns tells of bytes in lower case whether they name a torrent client. candidates: files that may run one, by the names that
    users see. objects: files with objects that matter, leads: those of them that lead to others, folders: those with a
    kustomization, and charts: those with the values of a torrent client, all absolute. words: whatever may be a name in these.
    named: files that were named themselves. streams: what is not to be resolved, such as standard input.
    """

    concerns: Callable[[bytes], bool]
    files: int = 0
    candidates: list[str] = field(default_factory=list)
    objects: list[str] = field(default_factory=list)
    leads: set[str] = field(default_factory=set)
    folders: list[str] = field(default_factory=list)
    charts: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    streams: list[File] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)
    words: set[bytes] = field(default_factory=set)

    def read(
        self,
        paths: Sequence[str],
        progress: Callable[[int], None] | None = None,
        *,
        rendered: bool = False,
    ) -> None:
        """Read every file below the paths once and remember which can matter, and what cannot be read.

        rendered: all of them are streams. progress is told how many files were read so far.
        """
        self.named |= {shown(path) for path in paths if path != STANDARD_INPUT and not os.path.isdir(path)}
        for item in discover(paths, self.concerns):
            if isinstance(item, InputError):
                self.problems.append(item)
                continue
            self.files += 1
            if progress is not None:
                progress(self.files)
            if rendered or item.name == STANDARD_INPUT_NAME:
                self.streams.append(item)
            else:
                self._sort(item)

    def wanted(self, text: str) -> bool:
        """Tell whether a document may matter: that of a torrent client, and whatever may stand around it."""
        kinds = _KIND.findall(text)
        if not _LEADS.isdisjoint(kinds) or not _SELECTS.isdisjoint(kinds) or _MAY_MATTER.search(text):
            return True
        if not _NAMED.isdisjoint(kinds):
            return any(map(self._is_named, _NAMES.findall(text)))
        return self.concerns(text.lower().encode())

    def _is_named(self, name: str) -> bool:
        """Tell whether anything that matters may hold a name, in which variables stand for any text."""
        if "${" not in name:
            return name.encode() in self.words
        pattern = re.compile(_VARIABLE.sub(r"[\\w.-]*", re.escape(name)).encode())
        return any(map(pattern.fullmatch, self.words))

    @property
    def matters(self) -> bool:
        """Tell whether anything was found that may say something of a torrent client."""
        found = self.candidates or self.streams or self.charts
        return bool(found or (self.named and (self.objects or self.folders)))

    def _sort(self, file: File) -> None:
        kinds = {kind.decode() for kind in _KIND_BYTES.findall(file.data)} if b"kind" in file.data else set()
        runs = not _RUNS_PODS.isdisjoint(kinds)
        path = os.path.abspath(file.name)
        name = os.path.basename(path)
        concerns = (runs or name in (CHART, VALUES)) and self.concerns(file.data.lower())
        leads = not _LEADS.isdisjoint(kinds)
        if runs and concerns:
            self.candidates.append(file.name)
        if leads:
            self.leads.add(path)
        if leads or concerns:
            self.words.update(_WORD.findall(file.data))
        if name in KUSTOMIZATIONS:
            self.folders.append(os.path.dirname(path))
        elif name in (CHART, VALUES):
            if concerns:
                self.charts.add(os.path.dirname(path))
        elif (runs and (concerns or _MAY_MATTER_BYTES.search(file.data))) or not _AROUND.isdisjoint(kinds):
            self.objects.append(path)
        if concerns or file.name in self.named or not file.data.isascii() or b"\0" in file.data:
            try:
                decode(file)
            except InputError as error:
                self.problems.append(error)
