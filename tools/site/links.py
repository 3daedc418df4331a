"""Links of Markdown in the repository → links of the site."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

from mkdocs.exceptions import PluginError

ROOT = Path(__file__).resolve().parents[2]
_LINK = re.compile(r"\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^()\s]+)\)")
_FENCE = re.compile(r"^ *(`{3,}|~{3,}).*?^ *\1 *$", re.MULTILINE | re.DOTALL)
# Files at the repository's root that are pages of the site.
PAGES = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md"}
PAGES["SECURITY.md"] = "security-policy.md"


def convert_links(markdown: str, page: str, origin: str, repository: str) -> str:
    """Return the text of a page with links that hold on the site.

    page: the page's path on the site; origin: the file's path in the repository, from which its links count;
    repository: the address of the repository, empty where it is not known, so that its files are named and
    not linked. Raises PluginError where a link leads to nothing; mkdocs checks those between pages.
    """
    kept = {match.span() for match in _FENCE.finditer(markdown)}

    def convert(match: re.Match[str]) -> str:
        target = match["target"]
        inside = any(start <= match.start() < end for start, end in kept)
        if inside or re.match(r"[a-z]+:|#", target):
            return match[0]
        return _convert(match["text"], target, page, origin, repository)

    return _LINK.sub(convert, markdown)


def _convert(text: str, target: str, page: str, origin: str, repository: str) -> str:
    path, hash_, fragment = target.partition("#")
    folder = PurePosixPath(origin).parent
    name = os.path.normpath(folder / path).replace(os.sep, "/")
    if name in PAGES:
        name = f"docs/{PAGES[name]}"
    elif not name.startswith("docs/") and not (ROOT / name).exists():
        raise PluginError(f"{origin}: the link to {target} leads to nothing")
    if name.startswith("docs/") and not (ROOT / name).is_dir():
        start = PurePosixPath("docs", page).parent
        return f"[{text}]({os.path.relpath(name, start).replace(os.sep, '/')}{hash_}{fragment})"
    return f"[{text}]({repository}/tree/HEAD/{name}{hash_}{fragment})" if repository else text
