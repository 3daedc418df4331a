"""The settings and the run that the subcommands which judge workloads have in common."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from vpnlint.check import check
from vpnlint.config.settings import Settings, read_settings
from vpnlint.report.terminal import Progress
from vpnlint.results.result import Result


def load_settings(
    arguments: argparse.Namespace, paths: Sequence[str] | None = None, default: str = "."
) -> Settings:
    """Return the settings that a subcommand's arguments ask for; not every subcommand has all options.

    paths: replaces those of the arguments. default: the path to use if there are none. Raises BrokenSettings
    and UsageError as read_settings does.
    """
    options = vars(arguments)
    return read_settings(
        options.get("paths", ()) if paths is None else paths,
        file=options.get("config"),
        rules=options.get("rules", ()),
        cached=not options.get("no_cache", False),
        default=default,
    )


def judge_paths(arguments: argparse.Namespace, settings: Settings, *, ignores: bool = True) -> Result:
    """Judge the paths of the settings, and show the progress on a terminal.

    ignores: comments and the configuration suppress findings.
    """
    with Progress() as progress:
        return check(
            settings.paths,
            settings.ruleset,
            progress,
            rendered=arguments.rendered,
            helm=arguments.helm,
            ignores=ignores,
            configuration=settings.configuration,
        )
