"""The command line: parse the arguments, call the subcommand, return the exit code.

0: clean. 1: findings. 2: wrong usage, broken configuration or unreadable input. 3: a bug of vpnlint's own.
130: interrupted.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

from vpnlint.command_line.subcommands import make_parser
from vpnlint.errors import BrokenSettings, InputError, VpnlintError
from vpnlint.report.plain import clean_text, describe_problem
from vpnlint.report.terminal import write_text

_USAGE, _INTERNAL, _INTERRUPTED = 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run vpnlint with these arguments (those of the process if None) and return its exit code.

    Raises SystemExit only for --help, --version and arguments that are wrong.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # A run keeps nearly all that it makes until it ends, so looking for garbage after every 700 objects is in
    # vain. A run about one file makes fewer than these; what a cluster leaves behind goes soon enough.
    gc.set_threshold(250_000, 6, 1)
    arguments = argparse.Namespace(debug=False)
    try:
        arguments = _parse(argv)
        return _run(arguments)
    except InputError as error:
        write_text(sys.stderr, describe_problem(error))
        return _USAGE
    except BrokenSettings as broken:
        write_text(sys.stderr, "".join(map(describe_problem, broken.problems)))
        return _USAGE
    except VpnlintError as error:
        write_text(sys.stderr, f"vpnlint: {clean_text(str(error))}\n")
        return _USAGE
    except KeyboardInterrupt:
        write_text(sys.stderr, "vpnlint: interrupted\n")
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001  (the last resort: one line, not a traceback)
        _confess(error, arguments.debug)
        return _INTERNAL
    finally:
        gc.freeze()  # the interpreter looks for garbage once more when it ends


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    try:
        words = sys.argv[1:] if argv is None else argv
        return make_parser(words[0] if words else "").read_arguments(words)
    except SystemExit:
        write_text(sys.stdout, "")  # the help may have found its reader gone
        raise


def _run(arguments: argparse.Namespace) -> int:
    """Call the subcommand; only its module is imported."""
    code: int = import_module(f"vpnlint.commands.{arguments.command}").run(arguments)
    return code


def _confess(error: Exception, debug: bool) -> None:
    if debug:
        import traceback

        write_text(sys.stderr, traceback.format_exc())
    message = f"vpnlint: internal error: {type(error).__name__}: {clean_text(str(error))}"
    write_text(
        sys.stderr, message + ("\n" if debug else " (a bug: please report it with what --debug adds)\n")
    )
