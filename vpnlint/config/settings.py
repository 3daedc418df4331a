"""The configuration, rules and paths that the command line asks for."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from vpnlint.config.config_file import read_configuration
from vpnlint.config.configuration import Configuration, find_configuration, leaves_repository
from vpnlint.errors import ConfigError, InputError, UsageError
from vpnlint.files.inside import find_repository
from vpnlint.ruleset.cache import NO_CACHE, find_user_cache
from vpnlint.ruleset.ruleset import Ruleset, load_rules
from vpnlint.suggestion import suggest_name


class Settings(NamedTuple):
    """A configuration, and the rules and paths that it and the command line name."""

    configuration: Configuration
    ruleset: Ruleset
    paths: list[str]


class BrokenSettings(Exception):
    """The configuration or a rule is broken, so nothing can be judged; problems lists all errors."""

    def __init__(self, problems: Iterable[InputError]) -> None:
        """Take the errors."""
        super().__init__()
        self.problems = tuple(problems)


def read_settings(
    arguments: argparse.Namespace, default: str = ".", texts: Mapping[str, str] | None = None
) -> Settings:
    """Return the configuration, rules and paths that the arguments ask for.

    default: the path to use if the arguments name none. texts: replacements for the content of configuration
    files, by absolute path.

    Raises BrokenSettings if the configuration or a rule is broken, UsageError if the file of `--config` does
    not exist.
    """
    configuration = _find_configuration(arguments, default, texts or {})
    folders = [Path(folder) for folder in getattr(arguments, "rules", [])]
    try:
        cache = NO_CACHE if getattr(arguments, "no_cache", False) else find_user_cache()
        ruleset = load_rules([*configuration.rules, *folders], configuration.images, cache)
        if configuration.images:
            ruleset.catalog  # noqa: B018  (raises for an unknown program)
        if configuration.named:
            _check_names(configuration, ruleset)
    except InputError as error:
        raise BrokenSettings([error]) from error
    paths = list(_list_paths(arguments) or configuration.paths or [default])
    return Settings(configuration, ruleset, paths)


def _find_configuration(
    arguments: argparse.Namespace, default: str, texts: Mapping[str, str]
) -> Configuration:
    if arguments.config is not None:
        file: Path | None = Path(arguments.config)
        if not os.path.exists(arguments.config):
            raise UsageError(f"{arguments.config}: no such configuration file")
    else:
        file = find_configuration(_list_paths(arguments) or [default])
    if file is None:
        return Configuration(Path(find_repository(next(iter(_list_paths(arguments)), default))))
    if arguments.config is None and leaves_repository(file):
        raise BrokenSettings([ConfigError(str(file), "is a link to a file outside the repository")])
    configuration, problems = read_configuration(file, texts.get(os.path.abspath(file)))
    if problems:
        raise BrokenSettings(problems)
    return configuration


def _check_names(configuration: Configuration, ruleset: Ruleset) -> None:
    known = {name for rule in ruleset.described_rules for name in (rule.id, *rule.aliases)}
    problems = [
        ConfigError(configuration.file, f"there is no rule {name!r}{suggest_name(name, known)}", *span[1:3])
        for name, span in configuration.named
        if name not in known
    ]
    if problems:
        raise BrokenSettings(problems)


def _list_paths(arguments: argparse.Namespace) -> list[str]:
    """Return the paths on the command line; none for a subcommand that takes no paths."""
    return list(getattr(arguments, "paths", []))
