"""What each file of a repository holds, as exact facts: every file is read once, and parsed where it can matter."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import yaml
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from vpnlint.errors import InputError
from vpnlint.files.discover import CHART, KUSTOMIZATIONS, VALUES
from vpnlint.files.listing import Listing, find_outside, read_listing
from vpnlint.files.tree import objects_of
from vpnlint.files.workspace import Workspace
from vpnlint.source.document import SkimmedDocument, skim_documents
from vpnlint.source.node import Node
from vpnlint.source.pod_kinds import POD_KINDS

# What runs Pods, and what installs charts that do.
RUNS_PODS = frozenset(
    (*POD_KINDS, "HelmRelease", "HelmChartProxy", "HelmChart", "Application", "ApplicationSet", "ResourceSet")
)
# What leads to other files: API groups, as the apiVersion of each such object holds one of them.
LEADING_GROUPS = (
    "kustomize.toolkit.fluxcd.io",
    "fluxcd.controlplane.io",
    "argoproj.io",
    "source.extensions.fluxcd.io",
)
# What says where a source is from.
SOURCES = frozenset(("GitRepository", "OCIRepository", "Bucket", "HelmRepository", "ExternalArtifact"))
# What decides for Pods that it selects or changes, or for all of a namespace.
SELECTS = frozenset(
    (
        "NetworkPolicy",
        "CiliumNetworkPolicy",
        "CiliumClusterwideNetworkPolicy",
        "CiliumEgressGatewayPolicy",
        "Namespace",
        "MutatingAdmissionPolicy",
        "MutatingPolicy",
        "NamespacedMutatingPolicy",
        "ClusterPolicy",
        "Policy",
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
        "NetworkAttachmentDefinition",
    )
)
# What Tailscale's operator makes Pods of that carry traffic (Services with its annotations are told by the prefix).
OPERATED = frozenset(("Connector", "ProxyClass", "ProxyGroup"))
_OPERATED_PREFIX = "tailscale.com/"
# What stands beside Pods and is read wherever their folder is; it leads nobody there.
_BESIDE = frozenset(("Service", "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"))
_BESIDE_WORDS = (b"Service", b"Role")
# Knative's Service runs Pods; Kubernetes' own kinds have these groups.
_BESIDE_GROUPS = ("", "rbac.authorization.k8s.io")
# What matters without running a client itself.
_RUN_NO_CLIENT = SELECTS | OPERATED | _BESIDE
# What gives others their inputs, wherever a client's name stands.
_INPUTS = frozenset(("ResourceSetInputProvider", "HelmChartConfig", "ArtifactGenerator"))
# A release whose client's name may stand elsewhere, one that may be a gateway, and Tailscale's operator.
ELSEWHERE = (b"valuesFrom", b"pod-gateway", b"tailscale-operator")
# No document that matters holds none of these words, unless it writes one by escapes.
_WORDS = (
    *(group.encode() for group in LEADING_GROUPS),
    b"source.toolkit.fluxcd.io",
    b"helm.cattle.io",
    b"NetworkPolicy",
    b"CiliumEgressGatewayPolicy",
    b"Namespace",
    b"MutatingAdmissionPolicy",
    b"kyverno.io",
    _OPERATED_PREFIX.encode(),
    # A HelmRelease whose chart is a folder of this repository.
    b"GitRepository",
    b"Bucket",
    *ELSEWHERE,
    *(kind.encode() for kind in NAMED),
)
_ESCAPES = (b"\\x", b"\\u", b"\\U", b"\\\n", b"\\\r")
# Kinds of objects that name an image and run none: Flux's image automation.
_RUNS_NONE = frozenset(("ImageRepository", "ImagePolicy", "ImageUpdateAutomation"))
_IMAGE_KEYS = frozenset(("image", "repository", "newName"))
_WORD = re.compile(r"[\w.-]+")
# A name has 253 characters at most, and its variables a few more.
_LONGEST_NAME = 2000
_VARIABLE = re.compile(r"\$\{[^}]*\}")

Place: TypeAlias = str


@dataclass(frozen=True, slots=True)
class Lead:
    """A reference from an object to a path of a source.

    source names whose path it is: the sourceRef of a Flux object as (kind, namespace, name), or a repoURL as
    ("", "", url). used: the path is a file that the object takes values from, not one that it applies.
    artifact: the (namespace, name, path) of the ExternalArtifact that the path is copied to.
    """

    path: str
    source: tuple[str, str, str]
    suspended: bool = False
    used: bool = False
    flat: bool = False
    artifact: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """One object of a file: the number of its document, its line, what it is, and where it leads.

    client tells whether it runs a torrent client by an image or a chart that it names; near whether its text
    speaks of one. matters: it is a client, or decides by itself for others. url: where a source is from.
    """

    document: int
    line: int
    kind: str
    group: str
    namespace: str
    name: str
    client: bool = False
    near: bool = False
    matters: bool = False
    leads: tuple[Lead, ...] = ()
    url: str = ""


@dataclass(slots=True)
class FileFacts:
    """The objects of one file, what of it cannot be read, and whether it holds a client outside of any object."""

    objects: list[ObjectFacts] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)
    client_line: int = 0


class Index:
    """The facts of a repository.

    near: the files that name a torrent client. concerns tells of bytes in lower case whether they do,
    is_client of an image whether it runs one. leads_of returns where an object leads. every: follow also what
    has to do with no torrent client.
    """

    def __init__(
        self,
        workspace: Workspace,
        near: set[Place],
        concerns: Callable[[bytes], bool],
        is_client: Callable[[str], bool],
        leads_of: Callable[[Node], tuple[Lead, ...]],
        *,
        every: bool = False,
    ) -> None:
        """Take the files; nothing is parsed before somebody asks."""
        self.workspace = workspace
        self._concerns = concerns
        self._is_client = is_client
        self._leads_of = leads_of
        self._every = every
        self.files: dict[Place, FileFacts] = {}
        self.listings: dict[Place, Listing] = {}
        self.charts: set[Place] = set()
        self.outside: dict[Place, list[InputError]] = {}
        """Problems at paths that lead out of the repository, by the kustomization's folder."""
        self.changing: set[Place] = set()
        """The folders of kustomizations that make a client of objects which may name none."""
        # How many files hold each word that may be a name, and the words of each file.
        self._words: Counter[str] = Counter()
        self._held: dict[Place, set[str]] = {}
        self._named: dict[Place, list[str]] = {}
        self._near = near
        self._near_folders = {os.path.dirname(path) for path in near}
        self.whole: set[Place] = set()

    def build(self) -> None:
        """Parse the files that can matter, and remember the facts of each."""
        for path in self.workspace.files:
            data = self.workspace.read(path)
            if isinstance(data, bytes):
                self._add(path, data)

    def renew(self, path: Place) -> bool:
        """Read the facts of one file anew, whose text has changed.

        Return whether anything changed that tells what leads to what: the kinds and names of its objects, their
        leads, what a kustomization lists, whether a torrent client is named.
        """
        folder = os.path.dirname(path)
        before, was_near = self._shape(path), folder in self._near_folders
        placeholder = self._forget(path)
        data = self.workspace.read(path)
        if isinstance(data, bytes):
            if self._concerns(data.lower()):
                self._near.add(path)
            self._near_folders = {os.path.dirname(near) for near in self._near}
            self._add(path, data)
        if self.files.get(path) is placeholder and not (placeholder and placeholder.problems):
            self.files.pop(path, None)
        if (folder in self._near_folders) == was_near:
            return self._shape(path) != before
        # What stands beside a torrent client is read, too.
        for other in self.workspace.files:
            if other != path and os.path.dirname(other) == folder:
                self.renew(other)
        return True

    def _forget(self, path: Place) -> FileFacts | None:
        """Forget what a file held; return the empty facts that keep its place among the others."""
        folder, name = os.path.split(path)
        placeholder = FileFacts() if path in self.files else None
        if placeholder is not None:
            self.files[path] = placeholder
        self._near.discard(path)
        self._near_folders = {os.path.dirname(near) for near in self._near}
        self._named.pop(path, None)
        for word in self._held.pop(path, ()):
            self._words[word] -= 1
            if not self._words[word]:
                del self._words[word]
        if name in KUSTOMIZATIONS and self.workspace.kustomization(folder) == path:
            self.listings[folder] = Listing()
            self.changing.discard(folder)
            self.outside.pop(folder, None)
            self._named.pop(folder, None)
        elif name in (CHART, VALUES) and self._near.isdisjoint(
            os.path.join(folder, other) for other in (CHART, VALUES)
        ):
            self.charts.discard(folder)
        return placeholder

    def _shape(self, path: Place) -> tuple[object, ...]:
        """Return what others rest on of a file."""
        folder = os.path.dirname(path)
        facts = self.files.get(path, FileFacts())
        return (
            path in self._near,
            [replace(item, line=0) for item in facts.objects],
            bool(facts.client_line),
            self._named.get(path),
            self.listings.get(folder),
            self._named.get(folder),
            folder in self.charts,
        )

    def is_near(self, path: Place) -> bool:
        """Tell whether the text of a file speaks of a torrent client."""
        return path in self._near

    def speaks_of_client(self, place: Place) -> bool:
        """Tell whether a file or folder may run a torrent client, or a gateway for one, by what it holds itself."""
        facts = self.files.get(place)
        if facts is not None and any(
            item.client or (item.matters and item.kind not in _RUN_NO_CLIENT) for item in facts.objects
        ):
            return True
        return place in self.charts or place in self._near or place in self.changing

    def objects(self, path: Place) -> list[ObjectFacts]:
        """Return the facts of the objects in a file."""
        facts = self.files.get(path)
        return facts.objects if facts is not None else []

    def client_files(self) -> list[Place]:
        """Return the files that name an image or a chart of a torrent client, in an object or elsewhere."""
        return [
            path
            for path, facts in self.files.items()
            if facts.client_line or any(item.client for item in facts.objects)
        ]

    def chart_sources(self) -> list[Place]:
        """Return the files with objects that say where charts are from."""
        return [
            path
            for path, facts in self.files.items()
            if any(item.kind in SOURCES or item.kind == "HelmChart" for item in facts.objects)
        ]

    def names_what_matters(self, place: Place) -> bool:
        """Tell whether a file or folder holds an object that something that matters names."""
        return any(map(self._is_named, self._named.get(place, ())))

    def matters(self, place: Place) -> bool:
        """Tell whether what a file or folder holds matters by itself, and not only by what it leads to."""
        if self._every:
            return True
        facts = self.files.get(place)
        if facts is not None and any(item.matters for item in facts.objects):
            return True
        return place in self.charts or self.names_what_matters(place)

    def wanted(self, path: Place, document: int) -> bool:
        """Tell whether a document of a file matters, or leads somewhere."""
        if self._every or path in self.whole:
            return True
        facts = self.files.get(path)
        if facts is None:
            data = self.workspace.read(path)
            return isinstance(data, bytes) and _holds(data, _BESIDE_WORDS)
        return any(
            item.document == document
            and (
                item.matters
                or item.near
                or item.leads
                or item.kind in SOURCES | _INPUTS
                or _is_beside(item.kind, item.group)
                or self._is_met(item)
            )
            for item in facts.objects
        )

    def _is_met(self, item: ObjectFacts) -> bool:
        return item.kind in NAMED and self._is_named(item.name)

    def _is_named(self, name: str) -> bool:
        """Tell whether anything that matters may hold a name, in which variables stand for any text."""
        if "${" not in name:
            return name in self._words
        parts = _VARIABLE.split(name) if len(name) <= _LONGEST_NAME else []
        return len(parts) > 1 and any(_holds_in_order(word, parts) for word in self._words)

    def _add(self, path: Place, data: bytes) -> None:
        folder, name = os.path.split(path)
        near = path in self._near
        if name in (CHART, VALUES) and near:
            self.charts.add(folder)
        if name in KUSTOMIZATIONS:
            self._add_listing(path, folder)
        elif near or self._every or _holds(data, self._sought_words(folder)):
            facts = FileFacts()
            self.files[path] = facts
            for item in self._skim(path, self._may_matter):
                self._add_document(path, facts, item)
        self.workspace.drop(path)

    def _sought_words(self, folder: Place) -> tuple[bytes, ...]:
        """Return the words one of which a file of the folder holds if it can matter."""
        return (*_WORDS, *_BESIDE_WORDS) if folder in self._near_folders else _WORDS

    def _skim(self, path: Place, wanted: Callable[[str], object]) -> Iterator[SkimmedDocument]:
        text = self.workspace.text(path)
        if isinstance(text, InputError):
            self.files.setdefault(path, FileFacts()).problems.append(text)
        elif text is not None:
            yield from skim_documents(text, self.workspace.name(path), wanted)

    def _may_matter(self, chunk: str) -> bool:
        if self._every:
            return True
        data = chunk.encode("utf-8", "surrogatepass")
        return _holds(data, (*_WORDS, *_BESIDE_WORDS)) or self._concerns(data.lower())

    def _add_document(self, path: Place, facts: FileFacts, item: SkimmedDocument) -> None:
        if isinstance(item.root, InputError) or item.source is None:
            facts.problems += [item.root] if isinstance(item.root, InputError) else []
            return
        near = self._concerns(item.text.lower().encode("utf-8", "surrogatepass"))
        scalars = (
            _Scalars(item.source) if near or any(word.decode() in item.text for word in ELSEWHERE) else None
        )
        client = scalars is not None and any(map(self._is_client, scalars.images))
        self._hold(path, scalars.words if scalars is not None else ())
        for root in objects_of(item.root):
            kind, version = _text(root, "kind"), _text(root, "apiVersion")
            if not kind or not version:
                continue
            group = version.rpartition("/")[0]
            runs = kind in RUNS_PODS
            leads = (
                self._leads_of(root) if version.startswith(LEADING_GROUPS) or kind == "HelmRelease" else ()
            )
            names = [_text(root, "metadata", "name"), _chart(root)] if runs else []
            for lead in leads:
                self._hold(path, filter(None, lead.source))
            self._hold(path, _variable_sources(root) if leads else ())
            facts.objects.append(
                ObjectFacts(
                    item.number,
                    item.line,
                    kind,
                    group,
                    _text(root, "metadata", "namespace"),
                    _text(root, "metadata", "name"),
                    client=(client and kind not in _RUNS_NONE) or any(map(self._is_client, names)),
                    near=near and runs,
                    matters=kind in SELECTS | OPERATED
                    or (runs and scalars is not None)
                    or kind == "ResourceSet"
                    or (_is_beside(kind, group) and os.path.dirname(path) in self._near_folders)
                    or (kind == "Service" and _OPERATED_PREFIX in item.text),
                    leads=leads,
                    url=_text(root, "spec", "url") if kind in SOURCES else "",
                )
            )
            if kind in NAMED:
                self._named.setdefault(path, []).append(_text(root, "metadata", "name"))
        if client and not any(item.number == known.document for known in facts.objects):
            facts.client_line = facts.client_line or item.line

    def _hold(self, path: Place, words: Iterable[str]) -> None:
        """Take words of a file, each of which may be the name of an object."""
        held = self._held.setdefault(path, set())
        new = set(words) - held
        held |= new
        self._words.update(new)

    def _add_listing(self, path: Place, folder: Place) -> None:
        if self.workspace.kustomization(folder) != path:
            return
        roots = []
        for item in self._skim(path, bool):
            if isinstance(item.root, InputError):
                self.files.setdefault(path, FileFacts()).problems.append(item.root)
                continue
            roots.append(item.root)
            # What an inline patch adds to a Pod may name objects that nothing else names.
            if "patch" in item.text:
                self._hold(path, _WORD.findall(item.text))
        listing = read_listing(roots)
        self.listings[folder] = listing
        self.outside[folder] = [*find_outside(roots, folder, self.workspace)]
        if any(self._concerns(text.lower().encode("utf-8", "surrogatepass")) for text in listing.changes):
            self.changing.add(folder)
        if listing.generated:
            self._named[folder] = list(listing.generated)


def _holds_in_order(word: str, parts: list[str]) -> bool:
    """Tell whether a word begins with the first part, ends with the last, and holds the others between, in their order."""
    first, *between, last = parts
    if not word.startswith(first) or not word.endswith(last) or len(word) < len(first) + len(last):
        return False
    at, end = len(first), len(word) - len(last)
    for part in between:
        found = word.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True


class _Scalars:
    """The words in the scalars of a document, and the images that it names."""

    def __init__(self, root: yaml.Node) -> None:
        self.words: set[str] = set()
        self.images: list[str] = []
        seen: set[int] = set()
        stack = [root]
        while stack:
            node = stack.pop()
            if node.__class__ is ScalarNode:
                self.words.update(_WORD.findall(node.value))
            elif id(node) in seen:
                continue
            elif node.__class__ is SequenceNode:
                seen.add(id(node))
                stack += node.value
            elif node.__class__ is MappingNode:
                seen.add(id(node))
                for key, value in node.value:
                    stack += (key, value)
                    if (
                        key.__class__ is ScalarNode
                        and key.value in _IMAGE_KEYS
                        and value.__class__ is ScalarNode
                    ):
                        self.images.append(value.value)


def may_matter(data: bytes) -> bool:
    """Tell whether bytes may hold an object that matters by its kind."""
    return _holds(data, _WORDS)


def _is_beside(kind: str, group: str) -> bool:
    return kind in _BESIDE and group in _BESIDE_GROUPS


def _holds(data: bytes, words: tuple[bytes, ...]) -> bool:
    """Tell whether bytes hold one of the words, or escapes that might write one."""
    return any(word in data for word in words) or any(escape in data for escape in _ESCAPES)


def _variable_sources(root: Node) -> Iterator[str]:
    """Yield the names of the ConfigMaps and Secrets that a Kustomization takes variables from."""
    references = root.get("spec", "postBuild", "substituteFrom")
    for reference in references.list if references is not None else []:
        yield _text(reference, "name")


def _chart(root: Node) -> str:
    """Return the chart that an object installs, as far as its own fields tell."""
    for path in (
        ("spec", "chart", "spec", "chart"),
        ("spec", "chartRef", "name"),
        ("spec", "source", "chart"),
        ("spec", "chart"),
    ):
        if name := _text(root, *path):
            return name.rstrip("/").rsplit("/")[-1]
    return ""


def _text(root: Node, *path: str) -> str:
    node = root.get(*path)
    return node.text if node is not None else ""
