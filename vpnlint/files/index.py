"""Files → what each may be, by a search of its bytes: most of a repository is never parsed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from vpnlint.errors import InputError
from vpnlint.files import mentions
from vpnlint.files.discover import CHART, KUSTOMIZATIONS, STANDARD_INPUT, VALUES, discover, shown
from vpnlint.files.reading import STANDARD_INPUT_NAME, File, decode, read
from vpnlint.source.pod_kinds import POD_KINDS

# More than the kinds of objects: who mentions one in passing is read in vain, no more.
_KIND = re.compile(r"""kind["']?\s*:\s*(?:[!&]\S+\s+)*["']?(\w+)""")
_KIND_BYTES = re.compile(_KIND.pattern.encode())
# That of an object itself, alone or in a list, and not of what it refers to (a chartRef, a valuesFrom).
_OWN_KIND = re.compile(
    rb"""^(?:(?: {0,2}|[ -]{0,4}(?<=- ))|\{[^\n]*?)["']?kind["']?\s*:\s*["']?(\w+)""", re.MULTILINE
)
_RUNS_PODS = frozenset((*POD_KINDS, "HelmRelease", "HelmChartProxy", "HelmChart", "Application"))
# What leads to objects, and what decides of Pods that it selects.
_LEADS = frozenset(("Kustomization", "ResourceSet", "Application", "ApplicationSet"))
_SELECTS = frozenset(
    (
        "NetworkPolicy",
        "CiliumNetworkPolicy",
        "CiliumClusterwideNetworkPolicy",
        "CiliumEgressGatewayPolicy",
    )
)
# What matters only where something names it.
NAMED = frozenset(
    (
        "ConfigMap",
        "Secret",
        "ExternalSecret",
        "SealedSecret",
        "OCIRepository",
        "HelmChart",
        "HelmRepository",
        "NetworkAttachmentDefinition",
    )
)
_ALWAYS = _LEADS | _SELECTS | {"Namespace"}
_CHART_SOURCES = frozenset(("OCIRepository", "HelmChart", "HelmRepository"))
_AROUND = _LEADS | _SELECTS | NAMED | {"Namespace"}
# A HelmRelease whose client's name may stand elsewhere, and one that may be a gateway.
_MAY_MATTER = re.compile(r"\bvaluesFrom\b|\bpod-gateway\b")
_MAY_MATTER_BYTES = re.compile(_MAY_MATTER.pattern.encode())
_NAMES = re.compile(r"""\bname["']?\s*:\s*(?:[!&]\S+\s+)*["']?([^\s"',{}]*(?:\$\{[^}]*\}[^\s"',{}]*)*)""")
_NAMES_BYTES = re.compile(_NAMES.pattern.encode())
_VARIABLE = re.compile(r"\\\$\\\{.*?\\\}")
_WORD = re.compile(rb"[\w.-]+")


@dataclass
class Scan:
    """What was found below some paths; all files and folders are absolute, but for candidates and named, which are as users see them.

    concerns tells of bytes in lower case whether they name a torrent client.
    """

    concerns: Callable[[bytes], bool]
    files: int = 0
    named: set[str] = field(default_factory=set)
    """Files that were named themselves."""
    streams: list[File] = field(default_factory=list)
    """What is not to be resolved, such as standard input."""
    candidates: list[str] = field(default_factory=list)
    """Files that may run a torrent client."""
    objects: list[str] = field(default_factory=list)
    """Files with objects that may matter."""
    around: set[str] = field(default_factory=set)
    """Those of them that do by themselves: torrent clients, policies, gateways, releases with values elsewhere."""
    names: dict[str, list[str]] = field(default_factory=dict)
    """The names in those of them, and in kustomizations with generators, that matter only where something names one."""
    words: set[bytes] = field(default_factory=set)
    """Whatever may be such a name."""
    leads: dict[str, list[str]] = field(default_factory=dict)
    """Files with Kustomizations or Applications, and the folders that these may name."""
    folders: dict[str, list[str]] = field(default_factory=dict)
    """Folders with a kustomization, and what it may list."""
    components: set[str] = field(default_factory=set)
    """Those of them that are components."""
    charts: set[str] = field(default_factory=set)
    """Folders with the values of a torrent client."""
    chart_sources: list[str] = field(default_factory=list)
    """Files that say where charts come from."""
    sets: set[str] = field(default_factory=set)
    """Files with a ResourceSet, whose text does not show what it leads to."""
    problems: list[InputError] = field(default_factory=list)

    def read(
        self,
        paths: Sequence[str],
        progress: Callable[[int], None] | None = None,
        *,
        rendered: bool = False,
        is_excluded: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """Read every file below the paths once and remember which can matter, and what cannot be read.

        rendered: all of them are streams. progress is told how many files were read so far. is_excluded tells of a
        file's path whether the configuration leaves it out.
        """
        self.named |= {shown(path) for path in paths if path != STANDARD_INPUT and not os.path.isdir(path)}
        for item in discover(paths, self.concerns, is_excluded):
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
        if not _ALWAYS.isdisjoint(kinds) or _MAY_MATTER.search(text):
            return True
        if self.concerns(text.lower().encode()):
            return True
        return not NAMED.isdisjoint(kinds) and any(map(self._is_named, _NAMES.findall(text)))

    def may_matter(self, place: str) -> bool:
        """Tell whether what a file or folder (absolute) holds may matter by itself, and not only by what it leads to."""
        if place in self.names:
            return any(map(self._is_named, self.names[place]))
        return place in self.around

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
        return bool(
            found or (self.named and (self.objects or self.folders or any(map(_is_used, self.named))))
        )

    def _sort(self, file: File) -> None:
        data = file.data
        kinds = {kind.decode() for kind in _KIND_BYTES.findall(data)} if b"kind" in data else set()
        runs = not _RUNS_PODS.isdisjoint(kinds)
        path = os.path.abspath(file.name)
        folder, name = os.path.split(path)
        concerns = (runs or name in (CHART, VALUES)) and self.concerns(data.lower())
        elsewhere = runs and _MAY_MATTER_BYTES.search(data) is not None
        if runs and concerns:
            self.candidates.append(file.name)
        if concerns or elsewhere:
            self.words.update(_WORD.findall(data))
        if name in KUSTOMIZATIONS:
            self.folders[folder] = mentions.listed(data)
            if b"Generator" in data:
                self._remember_names(folder, data)
            if mentions.is_component(data):
                self.components.add(folder)
        elif name in (CHART, VALUES):
            if concerns:
                self.charts.add(folder)
        elif concerns or elsewhere or not _AROUND.isdisjoint(kinds):
            own = {kind.decode() for kind in _OWN_KIND.findall(data)}
            if (
                concerns
                or elsewhere
                or not _AROUND.isdisjoint(own)
                or any(kind.endswith("List") for kind in own)
            ):
                self._remember(path, kinds, data, matters=concerns or elsewhere)
        if concerns or file.name in self.named or not data.isascii() or b"\0" in data:
            try:
                decode(file)
            except InputError as error:
                self.problems.append(error)

    def _remember(self, path: str, kinds: set[str], data: bytes, *, matters: bool) -> None:
        """Remember a file with objects that may matter."""
        self.objects.append(path)
        if mentions.leads(data):
            self.leads[path] = mentions.paths(data)
            self.words |= mentions.variable_sources(data)
        if "ResourceSet" in kinds:
            self.sets.add(path)
        if not _CHART_SOURCES.isdisjoint(kinds):
            self.chart_sources.append(path)
        if matters or not _SELECTS.isdisjoint(kinds):
            self.around.add(path)
        elif not NAMED.isdisjoint(kinds):
            self._remember_names(path, data)

    def _remember_names(self, place: str, data: bytes) -> None:
        self.names[place] = [name.decode(errors="replace") for name in _NAMES_BYTES.findall(data)]


def _is_used(file: str) -> bool:
    """Tell whether a kustomization beside or above a file, in its repository, uses it: a patch, a file of a generator."""
    folder, name = os.path.split(os.path.abspath(file))
    while True:
        for path in (os.path.join(folder, kustomization) for kustomization in KUSTOMIZATIONS):
            found = read(path, lambda _: True) if os.path.exists(path) else None
            if isinstance(found, File) and mentions.uses(found.data, name):
                return True
        parent = os.path.dirname(folder)
        if parent == folder or os.path.exists(os.path.join(folder, ".git")):
            return False
        folder = parent
