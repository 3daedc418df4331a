"""Options that several subcommands share; each function adds one of them, or a few, to a subcommand."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence


def add_flag(command: ArgumentParser, name: str, summary: str) -> None:
    """Add an option without a value."""
    command.add_argument(name, action="store_true", help=summary)


def add_repeatable(command: ArgumentParser, name: str, metavar: str, summary: str) -> None:
    """Add an option that may be given several times; its values make a list."""
    command.add_argument(name, action="append", default=[], metavar=metavar, help=f"{summary} (repeatable)")


def add_rules(command: ArgumentParser) -> None:
    """Add `--rules`."""
    add_repeatable(command, "--rules", "DIR", "a folder of your own rules")


def add_docs(command: ArgumentParser) -> None:
    """Add `--docs`."""
    command.add_argument(
        "--docs",
        type=_read_address,
        metavar="ADDRESS",
        help="the address of the site that reports link to (default: `docs` of the configuration)",
    )


def _read_address(text: str) -> str:
    """Return a web address. Raises ArgumentTypeError at anything else: a link must not run a script."""
    if not text.startswith(("https://", "http://")):
        raise ArgumentTypeError(f"{text!r} is no address such as https://vpnlint.example.org")
    return text


def add_paths(command: ArgumentParser) -> None:
    """Add the paths to read."""
    command.add_argument(
        "paths", nargs="*", metavar="PATH", help="files or folders; - is standard input (default: .)"
    )


def add_config(command: ArgumentParser) -> None:
    """Add `--config`."""
    command.add_argument(
        "--config", metavar="FILE", help="the configuration (default: .vpnlint.yaml at the repository's root)"
    )


def add_resolution(command: ArgumentParser) -> None:
    """Add `--rendered` and `--helm`, which say how files turn into workloads."""
    add_flag(
        command, "--rendered", "treat the files as rendered manifests and resolve nothing (always so for -)"
    )
    command.add_argument(
        "--helm",
        nargs="?",
        const="helm",
        default="",
        metavar="PROGRAM",
        help="render other charts, from disk or Helm's cache, with this program (default: helm)",
    )


def add_cache(command: ArgumentParser) -> None:
    """Add `--no-cache`."""
    add_flag(command, "--no-cache", "compile the rules anew: neither read nor write their cache")


def add_outputs(command: ArgumentParser, formats: Sequence[str]) -> None:
    """Add `--format` and `--output`, with the formats that the subcommand has."""
    command.add_argument("--format", metavar="FORMAT", help=f"{', '.join(formats)} (default: text)")
    summary = "write a report to FILE, or choose the format of standard output"
    add_repeatable(command, "--output", "FORMAT[=FILE]", summary)
