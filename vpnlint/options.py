"""The command line's subcommands and options, with what they say of themselves."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from vpnlint import __version__
from vpnlint.argument_parser import Help, Parser, add_command
from vpnlint.report.formats import list_formats

# What `vpnlint matrix` prints: the other formats are lists of findings.
MATRIX_FORMATS = ("text", "markdown", "json", "html")


def make_parser() -> Parser:
    """Return what reads the command line."""
    parser = Parser(
        prog="vpnlint",
        description="Tells whether torrent clients in a GitOps repository can send packets outside their"
        " VPN.",
        epilog="exit codes: 0 clean, 1 findings, 2 wrong usage or unreadable input, 3 internal error",
        allow_abbrev=False,
        formatter_class=Help,
    )
    parser.add_argument("--version", action="version", version=f"vpnlint {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    parser.subcommands = commands

    check = add_command(commands, "check", "say which torrent workloads are unsafe, and where")
    _add_paths(check)
    _add_config(check)
    _add_rules(check)
    _add_outputs(check, list_formats())
    _add_docs(check)
    check.add_argument(
        "--fail-on",
        choices=("error", "warning", "unknown", "never"),
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
        "--watch", action="store_true", help="check again whenever a file changes, until interrupted"
    )
    check.add_argument(
        "--verbose", action="store_true", help="list every workload that was judged, and what is not applied"
    )
    _add_resolution(check)
    _add_cache(check)

    check.add_argument(
        "--fix",
        action="store_true",
        help="first make the safe changes of `vpnlint fix`; exit 1 if there are any",
    )

    fix = add_command(commands, "fix", "mend what can be mended for certain, in the files themselves")
    _add_paths(fix)
    _add_config(fix)
    _add_rules(fix)
    fix.add_argument("--diff", action="store_true", help="print what would change, and write nothing")
    fix.add_argument(
        "--unsafe", action="store_true", help="make also the changes that a person should look at"
    )
    fix.add_argument(
        "--rule",
        action="append",
        default=[],
        metavar="ID",
        help="mend only what this rule finds (repeatable)",
    )
    fix.add_argument(
        "--digest",
        action="append",
        default=[],
        metavar="IMAGE=sha256:…",
        help="the digest to pin an image to (repeatable)",
    )
    fix.add_argument(
        "--digests", metavar="FILE", help="a text in which pinned images stand: IMAGE:TAG@sha256:…"
    )

    matrix = add_command(commands, "matrix", "say what each workload's packets do when something goes wrong")
    _add_paths(matrix)
    _add_config(matrix)
    _add_resolution(matrix)
    _add_outputs(matrix, MATRIX_FORMATS)
    _add_cache(matrix)

    init = add_command(commands, "init", "say what a repository holds, and write a first configuration")
    init.add_argument(
        "path", nargs="?", metavar="PATH", help="the repository, or a folder in it (default: .)"
    )
    init.add_argument(
        "--baseline",
        action="store_true",
        help="write what stands today, so that only what is new is reported",
    )
    _add_rules(init)
    _add_resolution(init)
    _add_cache(init)

    rules = add_command(commands, "rules", "list the rules")
    _add_rules(rules)
    rules.add_argument("--format", choices=("text", "json"), default="text", help="default: text")

    explain = add_command(commands, "explain", "say why a rule is there, or what is said at a place and why")
    _add_rules(explain)
    _add_cache(explain)
    _add_docs(explain)
    explain.add_argument("subject", metavar="RULE|FILE:LINE", help="a rule's id, or a line of a file")

    render = add_command(commands, "render", "print the workloads that will run, as Kubernetes YAML")
    _add_paths(render)
    _add_resolution(render)
    render.add_argument(
        "--objects",
        action="store_true",
        help="print what Flux or kustomize applies, before charts make Pods of it",
    )

    emit = add_command(commands, "emit", "turn the rules into admission policies for the cluster")
    _add_config(emit)
    _add_rules(emit)
    _add_cache(emit)
    emit.add_argument(
        "target",
        choices=("kyverno", "vap"),
        help="kyverno: ValidatingPolicies (Kyverno 1.17 and later); vap: Kubernetes's own",
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
        "--bundle",
        action="store_true",
        help="all rules in four policies, whose refusals name every finding (default: some for each rule)",
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
        help="turn what comments suppress in these paths into Kyverno's PolicyExceptions (repeatable)",
    )
    emit.add_argument(
        "--kubernetes", metavar="VERSION", help="refuse to emit what a cluster of this version does not take"
    )

    lsp = add_command(commands, "lsp", "serve an editor by the Language Server Protocol")
    lsp.add_argument("--stdio", action="store_true", help="on standard input and output (the default)")

    completion = add_command(
        commands, "completion", "print a script that completes vpnlint's words in a shell"
    )
    completion.add_argument(
        "shell", choices=("bash", "zsh", "fish"), help="source <(vpnlint completion bash)"
    )

    kyverno = add_command(commands, "kyverno", "run the tests of emitted policies with the Kyverno CLI")
    _add_rules(kyverno)
    kyverno.add_argument("action", choices=("test",), help="test: run every suite below DIR")
    kyverno.add_argument("folder", nargs="?", default=".", metavar="DIR", help="default: .")
    return parser


def _add_rules(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--rules",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder with rules of your own (repeatable)",
    )


def _add_docs(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--docs", metavar="ADDRESS", help="where the pages about rules are (default: the project's)"
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
        help="render other charts, from disk or helm's cache, with this program (default: helm)",
    )


def _add_cache(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--no-cache", action="store_true", help="compile the rules anew: read and write no cache of them"
    )


def _add_outputs(command: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    command.add_argument("--format", metavar="FORMAT", help=f"{', '.join(formats)} (default: text)")
    command.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="FORMAT[=FILE]",
        help="write a report to FILE, or choose the format of standard output (repeatable)",
    )
