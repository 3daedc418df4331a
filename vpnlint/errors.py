"""The exceptions that vpnlint raises, all of them.

VpnlintError
├── UsageError      a wrong argument or option (exit 2)
├── InputError      a file that cannot be read or understood, with its position (exit 2)
│   ├── DuplicateKey a key that is given twice (exit 2, unless Argo CD alone reads it)
│   ├── RuleError   a rule, view or catalogue file that is broken (exit 2)
│   └── ConfigError something in .vpnlint.yaml that is wrong (exit 2)
├── BrokenSettings  everything that is wrong with a configuration or the rules (exit 2)
└── UnknownChart    a HelmRelease whose Pods cannot be derived; its workload is `unknown`, the run goes on
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class VpnlintError(Exception):
    """Base of every error that is not a bug of vpnlint's own."""


class UsageError(VpnlintError):
    """What the user asked for cannot be done as asked."""


class InputError(VpnlintError):
    """A file, or a place in it, that vpnlint cannot read.

    Takes the file's path as shown to the user, the message (one line, what is wrong and what to do), and the
    1-based line and column; 0 where the problem is the file as a whole.
    """

    def __init__(self, file: str, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.file = file
        self.message = message
        self.line = line
        self.column = column

    def __str__(self) -> str:
        position = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.file}{position}: {self.message}"


class DuplicateKey(InputError):
    """A key that is given twice: Flux and kustomize refuse it, Argo CD takes the last one of a manifest.

    Source: argo-cd v3.5, gitops-engine/pkg/utils/kube/kube.go (SplitYAML, by Unmarshal of sigs.k8s.io/yaml).
    """


class RuleError(InputError):
    """A rule, a view or a catalogue file that must not be used as it is."""


class ConfigError(InputError):
    """Something in a configuration file or a baseline that is wrong."""


class BrokenSettings(VpnlintError):
    """The configuration or a rule is broken, so nothing can be judged; problems lists all errors."""

    def __init__(self, problems: Iterable[InputError]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


class UnknownChart(VpnlintError):
    """vpnlint cannot derive the Pods of a HelmRelease's chart; the message says why."""


def in_order(problems: Sequence[InputError]) -> tuple[InputError, ...]:
    """Return problems in the order of files and lines, each once."""
    once = {str(problem): problem for problem in problems}
    return tuple(sorted(once.values(), key=lambda problem: (problem.file, problem.line, problem.column)))
