"""Files in languages that vpnlint does not read, and the torrent clients that they name.

They are only searched for images and charts, so that a repository whose client stands in one of them is told
that it is not judged.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from vpnlint.errors import InputError
from vpnlint.source.deferred_pattern import defer_pattern

# Languages that write manifests, by the endings of their files.
_LANGUAGES = {
    ".jsonnet": "Jsonnet",
    ".libsonnet": "Jsonnet",
    ".cue": "CUE",
    ".k": "KCL",
    ".tf": "Terraform",
    ".tofu": "OpenTofu",
    ".nix": "Nix",
    ".dhall": "Dhall",
    ".gotmpl": "templates of helmfile",
    ".j2": "Jinja",
    ".jinja2": "Jinja",
    ".tmpl": "templates of Go",
}
# What such files make that people read, such as a chart's README (helm-docs' README.md.gotmpl).
_PAGES = (".md", ".txt", ".html", ".rst", ".adoc")
# Tools that make manifests by programs, by the file that a project of theirs has.
_PROJECTS = {"cdk8s.yaml": "cdk8s", "Pulumi.yaml": "Pulumi"}
_PROGRAMS = {
    ".ts": "TypeScript",
    ".js": "JavaScript",
    ".py": "Python",
    ".go": "Go",
    ".java": "Java",
    ".cs": "C#",
}
_JSON = "this JSON"
UNREAD_SUFFIXES = (*_LANGUAGES, *_PROGRAMS, ".json")
# What every manifest in JSON holds, and configuration files of other tools do not.
_MANIFEST = (b'"apiVersion"', b'"kind"')
# What a program holds that writes Pods by a library of no tool known here.
_CONTAINERS = defer_pattern(rb"\bcontainers[\"']?\s*:\s*\[", re.IGNORECASE)
_QUOTE = "[\"'`]"
# An image or a chart behind its key; a text in quotes that has the form of an image: a registry, or a tag, of
# which a program may make up a part ('owner/name:%s').
_IMAGE = defer_pattern(
    rf"\b(?:image|repository|chart){_QUOTE}?\s*[:=]\s*{_QUOTE}?(?P<value>[\w./-]+(?:[:@][\w.:@-]+)?)"
    rf"|{_QUOTE}(?P<image>[\w-]+(?:\.[\w-]+)+(?::\d+)?/[\w./-]+|[\w./-]+/[\w.-]+(?=[:@]))"
    rf"(?:[:@][^\s\"'`]*)?{_QUOTE}",
    re.IGNORECASE,
)


def is_manifest(data: bytes) -> bool:
    """Tell whether the bytes of a file in JSON may hold a manifest, by what each has."""
    return all(word in data for word in _MANIFEST)


def find_projects(files: Collection[str]) -> dict[str, str]:
    """Return the folders of projects among files (absolute), each with the name of its tool."""
    return {
        os.path.dirname(path): _PROJECTS[name]
        for path in files
        if (name := os.path.basename(path)) in _PROJECTS
    }


def find_language(path: str, projects: Mapping[str, str]) -> str:
    """Return the language that a file is written in, or the tool that runs it; empty if it is none of these.

    projects: those of the repository, as find_projects returns them.
    """
    suffix = os.path.splitext(path)[1]
    if suffix == ".json":
        return _JSON
    return find_manifest_language(path, projects) or _PROGRAMS.get(suffix, "")


def find_manifest_language(path: str, projects: Mapping[str, str]) -> str:
    """Return the language or the tool (as find_language) if it is for manifests; else empty."""
    made, suffix = os.path.splitext(path)
    language = _LANGUAGES.get(suffix, "") if not made.endswith(_PAGES) else ""
    if language or suffix not in _PROGRAMS:
        return language
    folder = os.path.dirname(path)
    while folder not in projects and folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
    return projects.get(folder, "")


class UnreadFile(NamedTuple):
    """A file that may name a torrent client, in a language that vpnlint does not read.

    name: as users see it.
    """

    path: str
    name: str
    language: str
    data: bytes

    def find_client(self, is_client: Callable[[str], bool]) -> InputError | None:
        """Return a note at the first image or chart of a torrent client; None if the file names none.

        is_client: tells of an image or a chart.
        """
        if not self._may_write_pods():
            return None
        for number, line in enumerate(self.data.decode("utf-8", "replace").split("\n"), 1):
            for match in _IMAGE.finditer(line):
                if is_client(match["value"] or match["image"]):
                    message = f"not judged: vpnlint does not read {self.language}"
                    return InputError(self.name, message, number, match.start() + 1)
        return None

    def _may_write_pods(self) -> bool:
        if self.language == _JSON:
            return is_manifest(self.data)
        return self.language not in _PROGRAMS.values() or _CONTAINERS.search(self.data) is not None
