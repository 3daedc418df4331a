"""What a kustomization or a Flux file refers to, by a search of its text: more than it lists, never less, and parsed in no time.

That is enough to tell which files can matter to each other; what is really applied is read by kustomize.py and flux.py.
"""

from __future__ import annotations

import re

# An item of a block list that is one word, and the items of a list in brackets.
_ITEM = re.compile(rb"""^[ \t]*-[ \t]+["']?([^\s"'#{}\[\],:]+)["']?[ \t]*(?:#.*)?\r?$""", re.MULTILINE)
_BRACKETS = re.compile(rb"""["']?(?:resources|components|bases)["']?[ \t]*:\s*\[([^\]]*)\]""")
_PATH = re.compile(rb"""^[^#\n]*?\bpath["']?[ \t]*:[ \t]*["']?([^\s"',}]+)""", re.MULTILINE)
_FIRST = re.compile(
    rb"""\bkind["']?:[ \t]*["']?(?:ConfigMap|Secret)\b["']?,?\s+(?:optional: \w+\s+)?["']?name["']?:[ \t]*["']?([\w.-]+)"""
)
_LAST = re.compile(
    rb"""\bname["']?:[ \t]*["']?([\w.-]+)["']?,?\s+(?:optional: \w+\s+)?["']?kind["']?:[ \t]*["']?(?:ConfigMap|Secret)\b"""
)
# Of an object itself, alone or in a list; deeper is what the values of a chart or a patch speak of.
_LEADS = re.compile(
    rb"""^(?:[ -]{0,4}|\{[^\n]*?)["']?apiVersion["']?[ \t]*:[ \t]*["']?"""
    rb"""(?:kustomize\.toolkit\.fluxcd\.io|fluxcd\.controlplane\.io|argoproj\.io)/""",
    re.MULTILINE,
)
_KEY = re.compile(rb"""["']?(\w+)["']?[ \t]*:""")
_COMPONENT = re.compile(rb"""^["']?kind["']?[ \t]*:[ \t]*["']?Component\b""", re.MULTILINE)


def leads(data: bytes) -> bool:
    """Tell whether a file holds a Flux Kustomization, a ResourceSet or an Argo CD Application, not only text that speaks of one."""
    return _LEADS.search(data) is not None


def listed(data: bytes) -> list[str]:
    """Return the files and folders that a kustomization may list, as they are written."""
    items = _ITEM.findall(data)
    for inner in _BRACKETS.findall(data):
        items += [item.strip(b" \t\r\n\"'") for item in inner.split(b",")]
    return [item.decode(errors="replace") for item in items if item]


def uses(data: bytes, name: str) -> bool:
    """Tell whether a kustomization names a file for anything else than a resource: a patch, a file of a generator."""
    key = b""
    for line in data.splitlines():
        if found := _KEY.match(line):
            key = found[1]
        if name.encode() in line and key not in (b"resources", b"bases"):
            return True
    return False


def is_component(data: bytes) -> bool:
    """Tell whether a kustomization is a component, which others put on top of theirs."""
    return _COMPONENT.search(data) is not None


def paths(data: bytes) -> list[str]:
    """Return the folders that Kustomizations or Applications in a file may name; the source's own root where they name none."""
    found = [path.decode(errors="replace").strip("/") or "." for path in _PATH.findall(data)]
    return [path for path in found if "${" not in path] or ["."]


def variable_sources(data: bytes) -> set[bytes]:
    """Return the names of the ConfigMaps and Secrets that a Flux file may take variables from."""
    return {*_FIRST.findall(data), *_LAST.findall(data)}
