"""The variables of whoever runs the tests that no test wants."""

from __future__ import annotations

# What a terminal, a CI service, a git hook or pytest (by way of readline) sets, and vpnlint or Python listens
# to.
UNWANTED = (
    "COLUMNS",
    "DOMTERM",
    "FORCE_COLOR",
    "GITHUB_ACTIONS",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_WORKSPACE",
    "KONSOLE_VERSION",
    "NO_COLOR",
    "PRE_COMMIT",
    "PYTHONUNBUFFERED",
    "PYTHONWARNINGS",
    "TERM_PROGRAM",
    "VTE_VERSION",
    "WT_SESSION",
)
