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

from vpnlint import __version__
from vpnlint.commands.outputs import add_outputs
from vpnlint.errors import InputError, VpnlintError
from vpnlint.report.plain import clean, problem_line
from vpnlint.report.terminal import width, write

_USAGE, _INTERNAL, _INTERRUPTED = 2, 3, 130
_HELP_WIDTH = 100


def main(argv: Sequence[str] | None = None) -> int:
    """Run vpnlint with these arguments (those of the process if None) and return its exit code.

    Raises SystemExit only for --help, --version and arguments that are wrong.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    # A run keeps nearly all that it makes until it ends, so looking for garbage after every 700 objects is in vain.
    gc.set_threshold(100_000, 50, 100)
    arguments = argparse.Namespace(debug=False)
    try:
        arguments = _parse(argv)
        return _run(arguments)
    except InputError as error:
        write(sys.stderr, problem_line(error))
        return _USAGE
    except VpnlintError as error:
        write(sys.stderr, f"vpnlint: {clean(str(error))}\n")
        return _USAGE
    except KeyboardInterrupt:
        write(sys.stderr, "vpnlint: interrupted\n")
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001  (the last resort: one line, not a traceback)
        _confess(error, arguments.debug)
        return _INTERNAL
    finally:
        gc.freeze()  # the interpreter looks for garbage once more when it ends


def _parse(argv: Sequence[str] | None) -> argparse.Namespace:
    try:
        return make_parser().parse_args(argv)
    except SystemExit:
        write(sys.stdout, "")  # the help may have found its reader gone
        raise


def _run(arguments: argparse.Namespace) -> int:
    """Call the subcommand; only its module is imported."""
    code: int = import_module(f"vpnlint.commands.{arguments.command}").run(arguments)
    return code


def _confess(error: Exception, debug: bool) -> None:
    if debug:
        import traceback

        write(sys.stderr, traceback.format_exc())
    message = f"vpnlint: internal error: {type(error).__name__}: {clean(str(error))}"
    write(sys.stderr, message + ("\n" if debug else " (a bug: please report it with what --debug adds)\n"))


class _Help(argparse.HelpFormatter):
    """Knows its width: to ask shutil for it would cost every run, not only --help, 5 ms."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=min(width(sys.stdout), _HELP_WIDTH) - 2)


def make_parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    parser = argparse.ArgumentParser(
        prog="vpnlint",
        description="Tells whether a torrent client in a GitOps repository can ever send a packet outside its VPN.",
        epilog="exit codes: 0 clean, 1 findings, 2 wrong usage or unreadable input, 3 internal error",
        allow_abbrev=False,
        formatter_class=_Help,
    )
    parser.add_argument("--version", action="version", version=f"vpnlint {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    check = _command(commands, "check", "say which torrent workloads are unsafe, and where")
    _add_paths(check)
    _add_config(check)
    _add_rules(check)
    add_outputs(check)
    check.add_argument(
        "--fail-on",
        choices=("error", "warning", "never"),
        help="exit 1 at a finding as bad as this or worse; doubts never count (default: warning)",
    )
    check.add_argument(
        "--no-ignores", action="store_true", help="show also what comments and the configuration ignore"
    )
    check.add_argument("--no-baseline", action="store_true", help="show also what the baseline holds")
    check.add_argument(
        "--since", metavar="REF", help="show only what this branch adds or makes worse, compared with REF"
    )
    check.add_argument("--doubts", action="store_true", help="show every doubt, not only those that decide")
    check.add_argument("--notices", action="store_true", help="show notices, too")
    check.add_argument(
        "--verbose", action="store_true", help="list every workload that was judged, and what is not applied"
    )
    _add_resolution(check)

    matrix = _command(commands, "matrix", "say what each workload's packets do when something goes wrong")
    _add_paths(matrix)
    _add_config(matrix)
    _add_resolution(matrix)
    matrix.add_argument(
        "--format", choices=("text", "markdown", "json"), default="text", help="default: text"
    )

    init = _command(commands, "init", "say what a repository holds, and write a first configuration")
    init.add_argument(
        "path", nargs="?", metavar="PATH", help="the repository, or a folder in it (default: .)"
    )
    init.add_argument(
        "--baseline",
        action="store_true",
        help="write what stands today, so that only what is new is reported",
    )
    _add_rules(init)

    rules = _command(commands, "rules", "list the rules")
    _add_rules(rules)
    rules.add_argument("--format", choices=("text", "json"), default="text", help="default: text")

    explain = _command(commands, "explain", "say why a rule is there and what to do")
    _add_rules(explain)
    explain.add_argument("rule", metavar="RULE", help="the rule's id")

    render = _command(commands, "render", "print the workloads that will run, as Kubernetes YAML")
    _add_paths(render)
    _add_resolution(render)
    render.add_argument(
        "--objects",
        action="store_true",
        help="print what Flux or kustomize applies, before charts make Pods of it",
    )

    emit = _command(commands, "emit", "turn the rules into admission policies for the cluster")
    _add_rules(emit)
    emit.add_argument(
        "target",
        choices=("kyverno", "vap"),
        help="kyverno: ValidatingPolicies, for Kyverno 1.17 and later; vap: Kubernetes's own, without Kyverno",
    )
    emit.add_argument(
        "-o",
        dest="output",
        metavar="DIR",
        help="write policies and tests there, not policies to standard output",
    )
    emit.add_argument(
        "--only", action="append", default=[], metavar="RULE", help="leave out all other rules (repeatable)"
    )
    emit.add_argument(
        "--mode",
        choices=("deny", "audit"),
        default="deny",
        help="deny: refuse what is unsafe, report what is in doubt; audit: only report (default: deny)",
    )
    emit.add_argument(
        "--format",
        choices=("validatingpolicy", "clusterpolicy"),
        help="clusterpolicy: for Kyverno before 1.17 (default: validatingpolicy)",
    )
    emit.add_argument(
        "--exceptions",
        action="append",
        default=[],
        metavar="PATH",
        help="turn what comments suppress in these files or folders into Kyverno's PolicyExceptions (repeatable)",
    )
    emit.add_argument(
        "--kubernetes", metavar="VERSION", help="refuse to emit what a cluster of this version does not take"
    )

    kyverno = _command(commands, "kyverno", "run the tests of emitted policies with the Kyverno CLI")
    _add_rules(kyverno)
    kyverno.add_argument("action", choices=("test",), help="test: run every suite below DIR")
    kyverno.add_argument("folder", nargs="?", default=".", metavar="DIR", help="default: .")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str
) -> argparse.ArgumentParser:
    description = f"{summary[0].upper()}{summary[1:]}."
    command = commands.add_parser(
        name, help=summary, description=description, allow_abbrev=False, formatter_class=_Help
    )
    command.add_argument("--debug", action="store_true", help="print the traceback of an internal error")
    return command


def _add_rules(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--rules",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder with rules of your own (repeatable)",
    )


def _add_paths(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "paths",
        nargs="*",
        metavar="PATH",
        help="files or folders; - is standard input (default: .)",
    )


def _add_config(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--config", metavar="FILE", help="the configuration (default: .vpnlint.yaml at the repository's root)"
    )


def _add_resolution(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--rendered",
        action="store_true",
        help="the files are what is applied: resolve nothing (as always for -)",
    )
    command.add_argument(
        "--helm",
        nargs="?",
        const="helm",
        default="",
        metavar="PROGRAM",
        help="render charts that vpnlint does not know, from disk or helm's cache, with this program (default: helm)",
    )
