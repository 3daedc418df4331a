"""The subcommands of `vpnlint`, each with its own options and their help texts."""

from __future__ import annotations

from collections.abc import Callable

from vpnlint import __version__
from vpnlint.command_line.argument_parser import Help, Parser, add_command
from vpnlint.command_line.shared_options import (
    add_cache,
    add_config,
    add_docs,
    add_flag,
    add_outputs,
    add_paths,
    add_repeatable,
    add_resolution,
    add_rules,
)
from vpnlint.report.formats import list_formats

# The formats of `vpnlint matrix`; the others are lists of findings.
MATRIX_FORMATS = ("text", "markdown", "json", "html")


def make_parser(only: str = "") -> Parser:
    """Return the parser of the command line.

    only: the one subcommand that it shall know, if there is a subcommand of that name; all take milliseconds.
    """
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
    for name, (summary, add_options) in _SUBCOMMANDS.items():
        if name == only or only not in _SUBCOMMANDS:
            add_options(add_command(commands, name, summary))
    return parser


def _add_check(command: Parser) -> None:
    add_paths(command)
    add_config(command)
    add_rules(command)
    add_outputs(command, list_formats())
    add_docs(command)
    command.add_argument(
        "--fail-on",
        choices=("error", "warning", "unknown", "never"),
        help="exit 1 at a finding as bad as this or worse; doubts never count (default: warning)",
    )
    add_flag(command, "--no-ignores", "also show what comments and the configuration ignore")
    add_flag(command, "--no-baseline", "also show what the baseline holds")
    command.add_argument(
        "--since", metavar="REF", help="show only what this branch adds or makes worse, compared with REF"
    )
    add_flag(command, "--doubts", "show every doubt, not only those that decide a verdict")
    add_flag(command, "--notices", "also show notices")
    add_flag(command, "--watch", "check again whenever a file changes, until interrupted")
    add_flag(command, "--verbose", "list every judged workload, and what is not applied")
    add_resolution(command)
    add_cache(command)
    add_flag(command, "--fix", "first apply the safe fixes of `vpnlint fix`; exit 1 if there are any")


def _add_fix(command: Parser) -> None:
    add_paths(command)
    add_config(command)
    add_rules(command)
    add_flag(command, "--diff", "print what would change, and write nothing")
    add_flag(command, "--unsafe", "also apply fixes that a person should review")
    add_repeatable(command, "--rule", "ID", "fix only the findings of this rule")
    add_repeatable(command, "--digest", "IMAGE=sha256:…", "the digest to pin an image to")
    command.add_argument(
        "--digests", metavar="FILE", help="a text file that contains pinned images: IMAGE:TAG@sha256:…"
    )


def _add_matrix(command: Parser) -> None:
    command.epilog = (
        "tunnel: it goes through the VPN; blocked: nothing goes out; LEAK: it shows your own address, or with"
        " ? does on a condition; outside: it leaves the Pod by a way only you know; unknown: not measured"
    )
    add_paths(command)
    add_config(command)
    add_resolution(command)
    add_outputs(command, MATRIX_FORMATS)
    add_docs(command)
    add_cache(command)


def _add_init(command: Parser) -> None:
    command.add_argument(
        "path", nargs="?", metavar="PATH", help="the repository, or a folder in it (default: .)"
    )
    summary = "write the present findings to a baseline, so that only new ones are reported"
    add_flag(command, "--baseline", summary)
    add_rules(command)
    add_resolution(command)
    add_cache(command)


def _add_rules(command: Parser) -> None:
    add_rules(command)
    command.add_argument("--format", choices=("text", "json"), default="text", help="default: text")


def _add_explain(command: Parser) -> None:
    add_rules(command)
    add_cache(command)
    add_docs(command)
    command.add_argument("subject", metavar="RULE|FILE:LINE", help="a rule's id, or a line of a file")


def _add_render(command: Parser) -> None:
    add_paths(command)
    add_resolution(command)
    add_flag(command, "--objects", "print what Flux or kustomize applies, before charts turn it into Pods")


def _add_emit(command: Parser) -> None:
    add_config(command)
    add_rules(command)
    add_cache(command)
    command.add_argument(
        "target",
        choices=("kyverno", "vap"),
        help="kyverno: ValidatingPolicies (Kyverno 1.17 and later); vap: Kubernetes's own",
    )
    command.add_argument(
        "-o",
        dest="output",
        metavar="DIR",
        help="write policies and tests to DIR (default: policies to standard output)",
    )
    add_repeatable(command, "--only", "RULE", "emit only this rule")
    summary = "all rules in four policies, whose refusals name every finding (default: some for each rule)"
    add_flag(command, "--bundle", summary)
    command.add_argument(
        "--mode",
        choices=("deny", "audit"),
        default="deny",
        help="deny: refuse what is unsafe, report what is in doubt; audit: only report (default: deny)",
    )
    command.add_argument(
        "--format",
        choices=("validatingpolicy", "clusterpolicy"),
        help="clusterpolicy: for Kyverno before 1.17 (default: validatingpolicy)",
    )
    summary = "turn what comments suppress in these paths into Kyverno's PolicyExceptions"
    add_repeatable(command, "--exceptions", "PATH", summary)
    command.add_argument(
        "--kubernetes", metavar="VERSION", help="fail if a cluster of this version would not accept them"
    )


def _add_lsp(command: Parser) -> None:
    add_flag(command, "--stdio", "use standard input and output (the default)")


def _add_completion(command: Parser) -> None:
    command.add_argument(
        "shell", choices=("bash", "zsh", "fish"), help="for example: source <(vpnlint completion bash)"
    )


def _add_kyverno(command: Parser) -> None:
    add_rules(command)
    command.add_argument("action", choices=("test",), help="test: run every suite below DIR")
    command.add_argument("folder", nargs="?", default=".", metavar="DIR", help="default: .")


_SUBCOMMANDS: dict[str, tuple[str, Callable[[Parser], None]]] = {
    "check": ("report torrent workloads that are unsafe, and where", _add_check),
    "fix": ("apply the fixes that are certain, in the files themselves", _add_fix),
    "matrix": ("show what each workload's packets do when something goes wrong", _add_matrix),
    "init": ("summarize a repository and write its first configuration", _add_init),
    "rules": ("list the rules", _add_rules),
    "explain": ("explain a rule, or what vpnlint reports at a line and why", _add_explain),
    "render": ("print the workloads that will run, as Kubernetes YAML", _add_render),
    "emit": ("turn the rules into admission policies for the cluster", _add_emit),
    "lsp": ("serve an editor over the Language Server Protocol", _add_lsp),
    "completion": ("print a completion script for a shell", _add_completion),
    "kyverno": ("run the tests of emitted policies with the Kyverno CLI", _add_kyverno),
}
