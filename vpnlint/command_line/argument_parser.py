"""An argparse parser whose help fits the terminal and whose errors suggest the nearest known word."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from vpnlint.report.terminal import find_width
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.suggestion import suggest_name

_HELP_WIDTH = 100
_INVALID_CHOICE = defer_pattern(r"invalid choice: '(?P<word>[^']*)'")


class Help(argparse.HelpFormatter):
    """Formats help to a known width: asking shutil for it would cost every run 5 ms, not only --help."""

    def __init__(self, prog: str) -> None:
        """Take the name of the program."""
        super().__init__(prog, width=min(find_width(sys.stdout), _HELP_WIDTH) - 2)


class Parser(argparse.ArgumentParser):
    """Parses arguments; for an unknown word it suggests a known one."""

    subcommands: argparse._SubParsersAction[Parser] | None = None

    def read_arguments(self, argv: Sequence[str]) -> argparse.Namespace:
        """Return the arguments; an unknown one ends the process."""
        arguments, unknown = self.parse_known_args(argv)
        if unknown:
            used = self.subcommands.choices.get(arguments.command) if self.subcommands is not None else None
            parser = used or self
            option = unknown[0].partition("=")[0]
            known = [name for name in parser._option_string_actions if name.startswith("--")]
            parser.error(f"unrecognized arguments: {' '.join(unknown)}{suggest_name(option, known)}")
        return arguments

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and end the process with exit code 2."""
        match = _INVALID_CHOICE.search(message)
        choices = [
            str(choice) for action in self._actions if action.choices is not None for choice in action.choices
        ]
        super().error(message + (suggest_name(match["word"], choices) if match is not None else ""))


def add_command(commands: argparse._SubParsersAction[Parser], name: str, summary: str) -> Parser:
    """Add a subcommand, described by the summary, and return its parser."""
    description = f"{summary[0].upper()}{summary[1:]}."
    command = commands.add_parser(
        name, help=summary, description=description, allow_abbrev=False, formatter_class=Help
    )
    command.add_argument("--debug", action="store_true", help="print the traceback of an internal error")
    return command
