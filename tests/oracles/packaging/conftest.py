"""What several tests that install vpnlint share: the wheel, and a pip that compiles nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.packaging.conftest import wheel

__all__ = ["wheel"]


@pytest.fixture(scope="session", autouse=True)
def _uncompiled() -> Iterator[None]:
    """Let pip compile no module: each of these environments is there for a few runs, which import few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_COMPILE", "0")
        yield
