"""The addresses of the site's pages about rules (tools/site): where reports send people to read more."""

from __future__ import annotations

from pathlib import Path

from vpnlint.ruleset.data_file import find_shipped_folder
from vpnlint.ruleset.rule import Rule

_LABELS = ("documentation", "homepage")


def find_home_page() -> str:
    """Return the address of the project's pages as its metadata name it, empty where they name none.

    A project's address is `Project-URL: Homepage, https://…` there (packaging.python.org, "Core metadata").
    """
    from importlib.metadata import PackageNotFoundError, metadata

    try:
        entries = metadata("vpnlint").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    addresses = {
        label.strip().lower(): address.strip() for label, _, address in (e.partition(",") for e in entries)
    }
    return next((addresses[label] for label in _LABELS if label in addresses), "")


def find_rule_page(base: str, rule: Rule) -> str:
    """Return the address of a rule's page below `base`.

    Empty where base is, and for a rule of the user's own, which the site has no page for.
    """
    if not base or not Path(rule.source.file).is_relative_to(find_shipped_folder()):
        return ""
    return f"{base.rstrip('/')}/rules/{rule.id}/"
