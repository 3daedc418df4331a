"""`vpnlint emit`: writes the rules as admission policies for Pods, their controllers and HelmReleases."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from vpnlint import __version__
from vpnlint.admission.check import list_answers
from vpnlint.admission.cluster_cel import check_cluster, check_rule
from vpnlint.admission.declared_egress import NOTHING_DECLARED, DeclaredEgress, find_declared
from vpnlint.admission.emission import Emission, emit_kustomization, emit_policies, emit_suites
from vpnlint.admission.exceptions import make_exceptions
from vpnlint.admission.kyverno_policy import DEPRECATED
from vpnlint.admission.yaml_text import dump_documents
from vpnlint.check import check
from vpnlint.commands.judging import load_settings
from vpnlint.config.settings import Settings
from vpnlint.errors import UsageError
from vpnlint.files.writing import write_file
from vpnlint.report.explain import find_rule
from vpnlint.report.terminal import write_text

_HEADING = f"# Written by vpnlint {__version__} (vpnlint emit).\n"


def run(arguments: argparse.Namespace) -> int:
    """Print the policies, or write them and their tests to a folder.

    Raises UsageError for options that exclude each other or a folder that cannot be written, RuleError for a
    rule that a cluster would refuse.
    """
    emission = _make_emission(arguments)
    for rule in emission.rules:
        check_rule(rule)
    if arguments.kubernetes is not None:
        check_cluster(emission, _read_version(arguments.kubernetes))
    if emission.form == "clusterpolicy":
        write_text(sys.stderr, f"vpnlint: {DEPRECATED}\n")
    texts = emit_policies(emission)
    if not any(list_answers(rule) for rule in emission.rules):
        names = ", ".join(rule.id for rule in emission.rules)
        raise UsageError(f"no policy can say what {names} says: a cluster shows a policy one object")
    if arguments.exceptions:
        texts["exceptions.yaml"] = _write_exceptions(arguments.exceptions, emission, texts)
    if arguments.output is None:
        write_text(sys.stdout, "".join(texts.values()))
        return 0
    tests = emit_suites(emission)
    if not tests and not emission.bundled:
        write_text(
            sys.stderr, "vpnlint: wrote no tests, because this installation lacks the rules' fixtures\n"
        )
    _write_folder(
        Path(arguments.output), {**texts, **tests, "kustomization.yaml": emit_kustomization(list(texts))}
    )
    return 0


def _make_emission(arguments: argparse.Namespace) -> Emission:
    if arguments.target == "vap" and arguments.format is not None:
        raise UsageError("--format is for Kyverno; a ValidatingAdmissionPolicy has one form")
    if arguments.bundle and arguments.exceptions:
        raise UsageError("--exceptions apply to policies of single rules, which --bundle does not emit")
    settings = load_settings(arguments)
    ruleset = settings.ruleset
    wanted = {find_rule(ruleset.rules, name).id for name in arguments.only}
    return Emission(
        ruleset,
        [rule for rule in ruleset.rules if not wanted or rule.id in wanted],
        "vap" if arguments.target == "vap" else arguments.format or "validatingpolicy",
        denies=arguments.mode == "deny",
        bundled=arguments.bundle,
        declared=_find_declared(settings),
    )


def _find_declared(settings: Settings) -> DeclaredEgress:
    """Return the egress that the configuration declares; the repository is judged if an entry needs it.

    Only the repository tells which workloads a path or a pattern covers.
    """
    configuration = settings.configuration
    if not configuration.egress:
        return NOTHING_DECLARED
    in_force = [entry for entry in configuration.egress if entry.until is None or date.today() <= entry.until]
    if all(entry.target.is_namespace for entry in in_force):
        return find_declared(in_force, ())
    result = check(settings.paths, settings.ruleset, configuration=configuration)
    for problem in result.problems:
        raise problem
    return find_declared(in_force, result.workloads)


def _write_exceptions(paths: Sequence[str], emission: Emission, texts: Mapping[str, str]) -> str:
    if emission.form != "validatingpolicy":
        raise UsageError("--exceptions apply only to Kyverno's ValidatingPolicies")
    result = check(paths, emission.ruleset)
    for problem in result.problems:
        raise problem
    names = [name.removesuffix(".yaml") for name in texts]
    return dump_documents(make_exceptions(result.suppressed, names))


def _read_version(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"v?(\d+)\.(\d+)(?:[.+-].*)?", text)
    if match is None:
        raise UsageError(f"--kubernetes: {text!r} is not a version such as 1.30")
    return int(match[1]), int(match[2])


def _write_folder(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{error.filename}: cannot be written: {error.strerror}") from error
        write_file(path, _HEADING + text)
