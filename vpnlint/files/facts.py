"""What is known of a file without what resolving it would tell: its objects, and where they lead."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from vpnlint.errors import InputError

# A file or a folder of the repository, by its absolute path.
Place: TypeAlias = str


class Directory(NamedTuple):
    """What Argo CD takes of a folder that it reads as a directory of manifests.

    recurse: also what lies in its subfolders, and whatever kustomization or chart is there. include, exclude:
    patterns of files; empty if there are none.
    """

    recurse: bool = False
    include: str = ""
    exclude: str = ""


class Lead(NamedTuple):
    """A reference from an object to a path of a source.

    source names whose path it is: the sourceRef of a Flux object as (kind, namespace, name), or a repoURL as
    ("", "", url). used: the path is a file that the object takes values from, not one that it applies.
    directory: how a folder is read that has no kustomization and no chart; None: as Flux does.
    artifact: the (namespace, name, path) of the ExternalArtifact that the path is copied to.
    """

    path: str
    source: tuple[str, str, str]
    suspended: bool = False
    used: bool = False
    directory: Directory | None = None
    artifact: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The path and whose it is, as people write it."""
        kind, _, name = self.source
        return f"the path {self.path or '.'} of {f'{kind} {name}'.strip() or 'no source'}"


class ObjectFacts(NamedTuple):
    """One object of a file: the number of its document, its line, what it is, and where it leads.

    client tells whether it runs a torrent client by an image or a chart that it names, foreign whether it
    does and is of a kind that vpnlint does not read; near whether its text speaks of one. matters: it is a
    client, or decides by itself for others. carries: it may run a VPN for others. url: where a source is
    from.
    """

    document: int
    line: int
    kind: str
    group: str
    namespace: str
    name: str
    client: bool = False
    foreign: bool = False
    near: bool = False
    matters: bool = False
    carries: bool = False
    leads: tuple[Lead, ...] = ()
    url: str = ""


class FileFacts:
    """The objects of one file, what of it cannot be read, and the line of a client outside of any object."""

    __slots__ = ("client_line", "objects", "problems")

    def __init__(self) -> None:
        """Start with nothing known."""
        self.objects: list[ObjectFacts] = []
        self.problems: list[InputError] = []
        self.client_line = 0
