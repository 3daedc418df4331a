"""A real Chromium for tests of pages, started once; where there is none, the tests are skipped by name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without these, Chromium asks Google's hosts at each start, which a closed network refuses; as root it needs
# --no-sandbox.
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Yield Chromium: VPNLINT_CHROMIUM, one in PATH, or playwright's own."""
    program = os.environ.get("VPNLINT_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        except Error as error:
            pytest.skip(
                f"no Chromium can be started ({str(error).splitlines()[0]}): apt-get install chromium"
            )
        yield chromium
        chromium.close()


class Watched:
    """A page, and what its console, its errors, its network and its Content-Security-Policy said."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("request", lambda request: self._note(request.url))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation',"
            " event => console.error(`violates ${event.violatedDirective}: ${event.sample}`))"
        )

    def _note(self, address: str) -> None:
        if not address.startswith("file:"):
            self.complaints.append(f"request: {address}")

    def open(self, file: Path) -> Page:
        self.page.goto(file.as_uri())
        return self.page
