"""The whole site, built as `make docs` builds it: no page is missing, and no link leads to nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Literal
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser, ViewportSize

from tests.checkout import ROOT, take_turn

SCREENS = take_turn([(width, theme) for width in (360, 1280) for theme in ("light", "dark")], of=4)
# One page of each sort
LOOKED_AT = ("", "rules/no-vpn/", "programs/gluetun/", "matrix/", "guides/gluetun-sidecar/", "lab/")


class Anchors(HTMLParser):
    """The ids of a built page, and where its links and images lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids |= {given[name] or "" for name in ("id", "name") if name in given}
        self.targets += [target for name in ("href", "src") if (target := given.get(name))]


def build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder), *options]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONWARNINGS": ""}
    return subprocess.run(
        command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = build(folder)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_built(site: Path) -> None:
    for page in (
        "",
        "rules/no-vpn",
        "programs/gluetun",
        "matrix",
        "rule-fields",
        "guides",
        "lab",
        "decisions",
    ):
        assert (site / page / "index.html").is_file()


def test_the_pages_load_nothing_from_elsewhere(site: Path) -> None:
    page = (site / "index.html").read_text(encoding="utf-8")
    assert "fonts.googleapis.com" not in page
    assert 'src="https://' not in page and '<link rel="stylesheet" href="https://' not in page


def test_every_link_and_anchor_leads_somewhere(site: Path) -> None:
    pages = {file: Anchors(file.read_text(encoding="utf-8")) for file in site.rglob("*.html")}
    assert len(pages) > 80
    followed = 0
    for file, page in pages.items():
        if file.name == "404.html":
            continue
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            place = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            place = place / "index.html" if place.is_dir() else place
            assert place.is_file(), f"{file.relative_to(site)}: {target}"
            if parts.fragment and place in pages:
                assert unquote(parts.fragment) in pages[place].ids, f"{file.relative_to(site)}: {target}"
                followed += 1
    assert followed > 500


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing of requests."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("width", "theme"), SCREENS)
def test_pages_fit_the_screen_and_ask_nobody_else(
    browser: Browser, address: str, width: int, theme: Literal["light", "dark"]
) -> None:
    """Each pair by one of four commits; all by `make properties`."""
    context = browser.new_context(viewport=ViewportSize(width=width, height=900), color_scheme=theme)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((address, "data:")) else complaints.append(request.url)
        ),
    )
    grounds = set()
    for path in LOOKED_AT:
        page.goto(address + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    context.close()
    assert complaints == []
    assert grounds == ({"rgb(255, 255, 255)"} if theme == "light" else grounds - {"rgb(255, 255, 255)"})


def test_rules_and_programs_are_in_the_navigation(site: Path) -> None:
    page = (site / "rules" / "index.html").read_text(encoding="utf-8")
    assert 'href="no-vpn/"' in page
    assert 'href="../programs/' in page
