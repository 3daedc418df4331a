"""The configuration, rules and paths of a run: those of the repository, and those that the user names."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from vpnlint.config.configuration import Configuration, find_configuration, leaves_repository
from vpnlint.errors import BrokenSettings, ConfigError, InputError, UsageError
from vpnlint.files.inside import find_repository
from vpnlint.ruleset.cache import NO_CACHE, find_user_cache
from vpnlint.ruleset.ruleset import Ruleset, load_rules
from vpnlint.suggestion import suggest_name


class Settings(NamedTuple):
    """A configuration, and the rules and paths that it and the command line name."""

    configuration: Configuration
    ruleset: Ruleset
    paths: list[str]


def read_settings(
    paths: Sequence[str],
    *,
    file: str | None = None,
    rules: Sequence[str] = (),
    cached: bool = True,
    default: str = ".",
    texts: Mapping[str, str] | None = None,
) -> Settings:
    """Return the configuration, rules and paths of a run.

    paths: those that the user names; without any, those of the configuration count, or else `default`. file:
    the configuration file to read instead of the repository's. rules: folders of further rules. cached: keep
    compiled rules in the user's cache. texts: replacements for the content of configuration files, by
    absolute path.

    Raises BrokenSettings if the configuration or a rule is broken, UsageError if `file` does not exist.
    """
    configuration = _find_configuration(paths or [default], file, texts or {})
    try:
        cache = find_user_cache() if cached else NO_CACHE
        folders = [*configuration.rules, *map(Path, rules)]
        ruleset = load_rules(folders, configuration.images, cache)
        if configuration.images:
            ruleset.catalog  # noqa: B018  (raises for an unknown program)
        if configuration.named:
            _check_names(configuration, ruleset)
    except InputError as error:
        raise BrokenSettings([error]) from error
    return Settings(configuration, ruleset, list(paths or configuration.paths or [default]))


def _find_configuration(paths: Sequence[str], named: str | None, texts: Mapping[str, str]) -> Configuration:
    """Return the configuration in a named file, else that of the repository which holds the first path."""
    if named is not None and not os.path.exists(named):
        raise UsageError(f"{named}: no such configuration file")
    file = Path(named) if named is not None else find_configuration(paths)
    if file is None:
        return Configuration(Path(find_repository(paths[0])))
    if named is None and leaves_repository(file):
        raise BrokenSettings([ConfigError(str(file), "is a link to a file outside the repository")])
    from vpnlint.config.config_file import read_configuration  # most repositories have no configuration

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
