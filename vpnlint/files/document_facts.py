"""One parsed document → the facts of the objects in it, and the words that it names other objects by."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import yaml
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from vpnlint.files.facts import Lead, ObjectFacts
from vpnlint.files.installed_chart import find_chart_name
from vpnlint.files.listing import encode_lower, read_changes
from vpnlint.files.object_kinds import (
    BESIDE_WORDS,
    ELSEWHERE,
    LEADING_GROUPS,
    NAMED,
    OPERATED,
    OPERATED_PREFIX,
    RUNS_NONE,
    RUNS_PODS,
    SELECTS,
    SOURCES,
    VPNS,
    WORDS,
    holds_word,
    is_beside,
    is_foreign,
)
from vpnlint.files.tree import objects_of
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.document import SkimmedDocument
from vpnlint.source.node import Node
from vpnlint.source.source_node import SourceNode

_IMAGE_KEYS = frozenset(("image", "repository", "newName", "chart"))
# An image with its registry: no name of anything else looks like that.
_IN_REGISTRY = defer_pattern(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?/[\w./-]+(?:[:@][\w.:@-]+)?")
_WORD = defer_pattern(r"[\w.-]+")
# What has more words than this, and no brackets, is a sentence.
_MOST_WORDS = 3
# Nobody writes more about a client; each line of a text is asked for by itself.
_MOST_PROSE = 100_000
_MATTER = SELECTS | OPERATED | {"ResourceSet"}
# What gives others the values that may name a client.
_GIVE_VALUES = ("ResourceSetInputProvider", "HelmChartConfig")
_ANY_WORD = (*WORDS, *BESIDE_WORDS)
_ELSEWHERE = tuple(word.decode() for word in ELSEWHERE)
_VPNS = tuple(word.decode() for word in VPNS)


class DocumentFacts:
    """What a document holds.

    words: those that may name an object elsewhere. named: the names of its objects that matter only where
    something names them. client_line: where it names an image of a torrent client though it holds no object.
    changes: it makes a client of objects which may name none. variables: the names of its ConfigMaps that
    hold the image of a client.
    """

    def __init__(self) -> None:
        """Start with nothing known."""
        self.objects: list[ObjectFacts] = []
        self.words: set[str] = set()
        self.named: list[str] = []
        self.client_line = 0
        self.changes = False
        self.variables: list[str] = []


class FactReader:
    """Reads documents; of those that cannot matter nothing is looked at unless `every` asks for it."""

    def __init__(
        self,
        concerns: Callable[[bytes], bool],
        is_client: Callable[[str], bool],
        leads_of: Callable[[Node], tuple[Lead, ...]],
        *,
        every: bool,
    ) -> None:
        """Take what the Index takes."""
        self._concerns = concerns
        self._is_client = is_client
        self._leads_of = leads_of
        self._every = every

    def may_matter(self, chunk: str) -> bool:
        """Tell whether the text of a document may hold an object that matters."""
        if self._every:
            return True
        data = chunk.encode("utf-8", "surrogatepass")
        return holds_word(data, _ANY_WORD) or self._concerns(data.lower())

    def read(
        self, item: SkimmedDocument, root: SourceNode, source: yaml.Node, *, near: bool, beside: bool
    ) -> DocumentFacts:
        """Return the facts of a document.

        near: its file names a torrent client. beside: a file in the same folder does.
        """
        facts = DocumentFacts()
        near = near and self._concerns(encode_lower(item.text))
        looks = near or any(map(item.text.__contains__, _ELSEWHERE))
        scalars = _Scalars(source) if looks else None
        client = scalars is not None and any(map(self._is_client, scalars.images))
        facts.words |= scalars.words if scalars is not None else set()
        # Of most objects no more than the names is ever read.
        nodes = objects_of(root) if root.peek_text("kind").endswith("List") else [root]
        for node in nodes:
            read_text = node.peek_text if isinstance(node, SourceNode) else node.text_at
            kind, version = read_text("kind"), read_text("apiVersion")
            if not kind or not version:
                continue
            group = version.rpartition("/")[0]
            name = read_text("metadata", "name")
            runs = kind in RUNS_PODS
            may_lead = version.startswith(LEADING_GROUPS) or kind == "HelmRelease"
            leads = self._leads_of(node) if may_lead and _may_be_taken(node) else ()
            if near and leads:
                facts.changes |= self._concerns(encode_lower(read_changes(node)))
            names = [name, find_chart_name(node)] if runs else []
            by_name = any(map(self._is_client, names))
            runs_client = (client and kind not in RUNS_NONE) or by_name
            # The image may be that of another item of a List.
            is_own = by_name or len(nodes) == 1 or (client and self._names_image(node))
            facts.words.update(word for lead in leads for word in lead.source if word)
            facts.words.update(_variable_sources(node) if leads else ())
            facts.objects.append(
                ObjectFacts(
                    item.number,
                    item.line,
                    kind,
                    group,
                    read_text("metadata", "namespace"),
                    name,
                    client=runs_client,
                    foreign=runs_client and is_foreign(node, kind, group) and is_own,
                    near=near and runs,
                    matters=kind in _MATTER
                    or (near and kind in _GIVE_VALUES)
                    or (runs and scalars is not None)
                    or (beside and is_beside(kind, group))
                    or (kind == "Service" and OPERATED_PREFIX in item.text),
                    carries=kind in RUNS_PODS and any(word in item.text for word in _VPNS),
                    leads=leads,
                    url=node.text_at("spec", "url") if kind in SOURCES else "",
                )
            )
            if kind in NAMED:
                facts.named.append(name)
            if near and kind == "ConfigMap" and self._holds_client_image(node):
                facts.variables.append(name)
        if scalars is not None and not facts.objects and item.place is not None:
            named = (scalar for scalar in scalars.likely_images if self._is_client(scalar.value))
            first = next(named, None)
            facts.client_line = item.place.find_line(first) if first is not None else 0
        return facts

    def _names_image(self, node: Node) -> bool:
        return isinstance(node, SourceNode) and any(map(self._is_client, _Scalars(node.source).images))

    def _holds_client_image(self, config_map: Node) -> bool:
        texts = (value.text for value in config_map.fields("data").values())
        return any(self._is_client(text) for text in texts if "/" in text)


def _may_be_taken(node: Node) -> bool:
    """Tell whether a cluster may take an object: a template of some program has `name: {{ .Name }}`."""
    title = node.get("metadata", "name")
    return title is None or not isinstance(title.value, (dict, list))


def is_named_in_prose(text: str, names: Callable[[str], bool]) -> bool:
    """Tell whether a text of some length names what is asked for in sentences alone, where no image stands.

    names: tells of a line, or a part of one, whether it names it.
    """
    if len(text) > _MOST_PROSE:
        return False
    lines = [line for line in text.splitlines() if names(line)]
    return bool(lines) and not any(_names_in_few_words(line, names) for line in lines)


def _names_in_few_words(line: str, names: Callable[[str], bool]) -> bool:
    """Tell whether a key, a value or a comment of a line that is no sentence names what is asked for."""
    parts: list[str] = []
    for written in line.strip("#- ").split(" #"):
        parts += written.split(": ", 1)
    few = (part for part in parts if len(part.split()) <= _MOST_WORDS or "{" in part or "[" in part)
    return any(map(names, few))


class _Scalars:
    """The words in the scalars of a document, and the images that it names.

    likely_images: what names an image in a file of any other program, too, such as Ansible's variables.
    """

    def __init__(self, root: yaml.Node) -> None:
        self.words: set[str] = set()
        self.images: list[str] = []
        self.likely_images: list[ScalarNode] = []
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
                    if key.__class__ is ScalarNode and value.__class__ is ScalarNode:
                        self._add_image(key.value, value)

    def _add_image(self, key: str, value: ScalarNode) -> None:
        # The repository of a chart's dependency has a scheme, and an image has none.
        if key in _IMAGE_KEYS and (key == "chart" or "://" not in value.value):
            self.images.append(value.value)
            self.likely_images.append(value)
        elif key.lower().endswith("image") or (key == "name" and _IN_REGISTRY.fullmatch(value.value)):
            self.likely_images.append(value)


def find_words(text: str) -> list[str]:
    """Return the words of a text, each of which may be the name of an object."""
    return _WORD.findall(text)


def _variable_sources(root: Node) -> Iterator[str]:
    """Yield the names of the ConfigMaps and Secrets that a Kustomization takes variables from."""
    for reference in root.items("spec", "postBuild", "substituteFrom"):
        yield reference.text_at("name")
