"""The addresses of the site's pages (tools/site), to which reports link."""

from __future__ import annotations

from pathlib import Path

from vpnlint.ruleset.data_file import find_shipped_folder
from vpnlint.ruleset.rule import Rule
from vpnlint.source.deferred_pattern import defer_pattern

_LABELS = ("documentation", "homepage")
# The lab's own measurements, and those of a real Gluetun. Rules of the user's own may cite anything else.
_MEASURED = defer_pattern(r"(lab|measured)/[a-z0-9-]+")


def choose_address(option: str | None, configured: str | None) -> str:
    """Return the address below which the pages are: `--docs`, `docs` of the configuration, the project's own.

    Empty where none of them is there.
    """
    return option or configured or find_home_page()


def find_home_page() -> str:
    """Return the address of the project's pages from its metadata, empty if they name none.

    The address is given as `Project-URL: Homepage, https://…` there (packaging.python.org, "Core metadata").
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

    It is empty if base is, and for the user's own rules, for which the site has no pages.
    """
    if not base or not Path(rule.source.file).is_relative_to(find_shipped_folder()):
        return ""
    return f"{base.rstrip('/')}/rules/{rule.id}/"


def find_evidence_page(base: str, evidence: str) -> str:
    """Return the address of a measurement's section on the lab's page below `base`.

    Empty where base is, and for what is no measurement of the project's own.
    """
    return f"{base.rstrip('/')}/lab/#{make_anchor(evidence)}" if base and _name(evidence) else ""


def find_evidence_file(evidence: str) -> str:
    """Return the file of the project that holds a measurement, empty for what is none of its own."""
    name = _name(evidence)
    if name.startswith("lab/"):
        return f"docs/evidence/{name}.json"
    return "docs/measured/gluetun.json" if name else ""


def make_anchor(evidence: str) -> str:
    """Return the id of a measurement's section on the lab's page, as Markdown makes it of the heading."""
    return _name(evidence).replace("/", "")


def _name(evidence: str) -> str:
    """Return the measurement that an evidence names, empty where that is something else."""
    name = evidence.partition(" ")[0]
    return name if _MEASURED.fullmatch(name) else ""
