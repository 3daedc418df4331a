"""What mkdocs asks while it builds the site (mkdocs.yml, `hooks`)."""

from __future__ import annotations

from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from tools.site.links import PAGES, ROOT, convert_links
from tools.site.matrix import make_matrix_page
from tools.site.programs import make_program_pages
from tools.site.rules import make_rule_pages
from vpnlint.ruleset.cache import find_user_cache
from vpnlint.ruleset.ruleset import load_rules


def make_pages() -> dict[str, str]:
    """Return path → Markdown of every page that no file of docs/ holds."""
    own = {page: (ROOT / file).read_text(encoding="utf-8") for file, page in PAGES.items()}
    ruleset = load_rules(cache=find_user_cache())
    return {**own, **make_rule_pages(ruleset), **make_program_pages(), "matrix.md": make_matrix_page()}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages of rules and programs behind their lists in the navigation."""
    pages = make_pages()
    nav: list[Any] = config.nav or []
    for entry in nav:
        for title, items in entry.items() if isinstance(entry, dict) else ():
            for folder in ("rules", "programs"):
                if items == [f"{folder}/index.md"]:
                    entry[title] = [name for name in pages if name.startswith(f"{folder}/")]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made of the rules, the catalogue and the files at the root."""
    for path, text in make_pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make the links of a file in the repository those of the site."""
    path = page.file.src_uri
    origins = {site: file for file, site in PAGES.items()}
    if path in origins:
        return convert_links(markdown, path, origins[path], config.repo_url or "")
    if page.file.generated_by is not None:
        return markdown
    return convert_links(markdown, path, f"docs/{path}", config.repo_url or "")
