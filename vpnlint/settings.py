"""What a subcommand that judges works with: configuration, rules and paths."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vpnlint.cache import NO_CACHE, user_cache
from vpnlint.config import Configuration, find_configuration, leads_out
from vpnlint.config_file import read_configuration
from vpnlint.errors import ConfigError, InputError, UsageError
from vpnlint.files.inside import find_repository
from vpnlint.nearest import nearest
from vpnlint.ruleset.ruleset import Ruleset, load_rules


@dataclass(frozen=True)
class Settings:
    """A configuration with the rules and paths that it and the command line name."""

    configuration: Configuration
    ruleset: Ruleset
    paths: list[str]


class BrokenSettings(Exception):
    """The configuration or a rule is broken: nothing can be judged. problems says all that is wrong."""

    def __init__(self, problems: Iterable[InputError]) -> None:
        """Take what is wrong."""
        super().__init__()
        self.problems = tuple(problems)


def read_settings(
    arguments: argparse.Namespace, default: str = ".", texts: Mapping[str, str] | None = None
) -> Settings:
    """Return what the paths, `--config` and `--rules` ask for.

    default: the path where none is named. texts: what stands in for configuration files (absolute).

    Raises BrokenSettings where a file of it is broken, UsageError where the configuration that was named is
    not there.
    """
    configuration = _configuration(arguments, default, texts or {})
    folders = [Path(folder) for folder in getattr(arguments, "rules", [])]
    try:
        cache = NO_CACHE if getattr(arguments, "no_cache", False) else user_cache()
        ruleset = load_rules([*configuration.rules, *folders], configuration.images, cache)
        if configuration.images:
            ruleset.catalog  # noqa: B018  (refuses programs that are not known)
        if configuration.named:
            _check_names(configuration, ruleset)
    except InputError as error:
        raise BrokenSettings([error]) from error
    paths = list(_asked(arguments) or configuration.paths or [default])
    return Settings(configuration, ruleset, paths)


def _configuration(arguments: argparse.Namespace, default: str, texts: Mapping[str, str]) -> Configuration:
    if arguments.config is not None:
        file: Path | None = Path(arguments.config)
        if not os.path.exists(arguments.config):
            raise UsageError(f"{arguments.config}: there is no such configuration")
    else:
        file = find_configuration(_asked(arguments) or [default])
    if file is None:
        return Configuration(Path(find_repository(next(iter(_asked(arguments)), default))))
    if arguments.config is None and leads_out(file):
        raise BrokenSettings([ConfigError(str(file), "is a link that leads out of the repository")])
    configuration, problems = read_configuration(file, texts.get(os.path.abspath(file)))
    if problems:
        raise BrokenSettings(problems)
    return configuration


def _check_names(configuration: Configuration, ruleset: Ruleset) -> None:
    known = {name for rule in ruleset.described_rules for name in (rule.id, *rule.aliases)}
    wrong = [
        ConfigError(configuration.file, f"there is no rule {name!r}{nearest(name, known)}", *span[1:3])
        for name, span in configuration.named
        if name not in known
    ]
    if wrong:
        raise BrokenSettings(wrong)


def _asked(arguments: argparse.Namespace) -> list[str]:
    """Return the paths of the command line; a subcommand that takes none is about the working directory."""
    return list(getattr(arguments, "paths", []))
