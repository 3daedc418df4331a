"""What the tests that ask real programs share: a browser."""

from __future__ import annotations

from tests.oracles.browser import browser

# Playwright starts once in a process, so the browser is one fixture for all folders.
__all__ = ["browser"]
