"""What mends a repository, as the tests of fixes have it."""

from __future__ import annotations

from tests.fixing.conftest import mender, ruleset

__all__ = ["mender", "ruleset"]
