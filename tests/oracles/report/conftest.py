"""The Results of the report's own tests."""

from __future__ import annotations

from tests.report.conftest import finding, manifest, result
from tests.report.test_page import two_clients

__all__ = ["finding", "manifest", "result", "two_clients"]
