"""The end of an error message: the known name that the user probably meant."""

from __future__ import annotations

from collections.abc import Iterable


def suggest_name(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` with the known name closest to `name`; empty if none is close."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""
