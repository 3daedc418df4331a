"""`vpnlint completion SHELL`: scripts that complete subcommands, options and their values."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

from vpnlint.command_line.subcommands import make_parser
from vpnlint.report.formats import list_formats
from vpnlint.report.terminal import write_text
from vpnlint.ruleset.ruleset import load_rules


@dataclass(frozen=True)
class _Word:
    """An option or a positional argument: its text, its help, and its values.

    takes_value: whether a value follows. values: the possible ones; if there are none, it is a file.
    """

    text: str
    summary: str
    takes_value: bool
    values: tuple[str, ...]


def run(arguments: argparse.Namespace) -> int:
    """Print the script for a shell."""
    commands = _list_commands()
    make = {"bash": _write_bash, "zsh": _write_zsh, "fish": _write_fish}[arguments.shell]
    write_text(sys.stdout, make(commands))
    return 0


def _list_commands() -> dict[str, tuple[str, list[_Word]]]:
    """Return subcommand → its help and its words."""
    parser = make_parser()
    assert parser.subcommands is not None
    rules = tuple(rule.id for rule in load_rules().described_rules)
    summaries = {action.dest: action.help or "" for action in parser.subcommands._choices_actions}
    return {
        name: (summaries[name], [_make_word(action, rules) for action in command._actions])
        for name, command in parser.subcommands.choices.items()
    }


def _make_word(action: argparse.Action, rules: tuple[str, ...]) -> _Word:
    metavar = str(action.metavar or "")
    values = tuple(map(str, action.choices)) if action.choices is not None else ()
    if metavar.startswith("RULE"):
        values = rules
    elif metavar.startswith("FORMAT"):
        values = list_formats()
    text = next((name for name in action.option_strings if name.startswith("--")), "")
    text = text or next(iter(action.option_strings), "")
    takes_value = bool(action.option_strings) and action.nargs != 0
    return _Word(text, (action.help or "").replace("%%", "%"), takes_value, values)


def _write_bash(commands: dict[str, tuple[str, list[_Word]]]) -> str:
    words, values, files = [], [], []
    for name, (_, entries) in commands.items():
        options = [word.text for word in entries if word.text]
        options += [value for word in entries if not word.text for value in word.values]
        words.append(f"    {name}) words='{' '.join(options)}' ;;")
        for word in (word for word in entries if word.takes_value):
            pattern = f"'{name} {word.text}'"
            if word.values:
                values.append(f"    {pattern}) words='{' '.join(word.values)}' only=1 ;;")
            else:
                files.append(pattern)
    return "\n".join(
        [
            "# source <(vpnlint completion bash)",
            "_vpnlint() {",
            "  local IFS=$' \\t\\n' current=${COMP_WORDS[COMP_CWORD]} word words='' only=''",
            "  if ((COMP_CWORD == 1)); then",
            f"    words='{' '.join(commands)} --help --version' only=1",
            "  else",
            '    case "${COMP_WORDS[1]}" in',
            *words,
            "    esac",
            '    case "${COMP_WORDS[1]} ${COMP_WORDS[COMP_CWORD - 1]}" in',
            *values,
            f"    {'|'.join(files)}) words='' ;;",
            "    esac",
            "  fi",
            "  COMPREPLY=()",
            "  while IFS='' read -r word; do COMPREPLY+=(\"$word\"); done < <(",
            '    compgen -W "$words" -- "$current" || true',
            '    [[ -n $only || $current == -* ]] || compgen -f -- "$current" || true',
            "  )",
            "}",
            "complete -o filenames -F _vpnlint vpnlint",
            "",
        ]
    )


def _write_zsh(commands: dict[str, tuple[str, list[_Word]]]) -> str:
    lines = [
        "#compdef vpnlint",
        "# source <(vpnlint completion zsh), or a file _vpnlint in $fpath",
        "_vpnlint() {",
    ]
    lines += ["  local -a commands", "  commands=("]
    lines += [f"    {_quote_word(f'{name}:{summary}')}" for name, (summary, _) in commands.items()]
    lines += [
        "  )",
        "  if ((CURRENT == 2)); then _describe command commands; return; fi",
        "  case ${words[2]} in",
    ]
    for name, (_, words) in commands.items():
        specs = [_write_zsh_spec(word) for word in words]
        lines += [f"    {name})", "      shift words; ((CURRENT--))", "      _arguments -s \\"]
        lines += [f"        {spec} \\" for spec in dict.fromkeys(specs)]
        lines += ["        && return ;;"]
    return "\n".join([*lines, "  esac", "}", "compdef _vpnlint vpnlint", ""])


def _write_zsh_spec(word: _Word) -> str:
    action = f"({' '.join(word.values)})" if word.values else "_files"
    if not word.text:
        return _quote_word(f"*:argument:{action}")
    about = word.summary.replace("[", "(").replace("]", ")").replace(":", " -")
    return _quote_word(f"*{word.text}[{about}]" + (f":value:{action}" if word.takes_value else ""))


def _write_fish(commands: dict[str, tuple[str, list[_Word]]]) -> str:
    lines = ["# vpnlint completion fish | source"]
    for name, (summary, _) in commands.items():
        lines.append(f"complete -c vpnlint -f -n __fish_use_subcommand -a {name} -d {_quote_word(summary)}")
    for name, (_, words) in commands.items():
        where = f"complete -c vpnlint -n '__fish_seen_subcommand_from {name}'"
        for word in words:
            values = (
                f" -x -a {_quote_word(' '.join(word.values))}"
                if word.values
                else " -r"
                if word.takes_value
                else ""
            )
            if word.text.startswith("--"):
                lines.append(f"{where} -l {word.text[2:]}{values} -d {_quote_word(word.summary)}")
            elif word.text:
                lines.append(f"{where} -s {word.text[1:]}{values} -d {_quote_word(word.summary)}")
            elif word.values:
                lines.append(f"{where} -f -a {_quote_word(' '.join(word.values))}")
    return "\n".join([*lines, ""])


def _quote_word(text: str) -> str:
    """Return a text as one shell word on one line."""
    line = " ".join(text.split())
    return "'" + line.replace("'", "'\\''") + "'"
