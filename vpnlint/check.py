"""The line from paths to a Result: discover → parse → resolve → pods → judge."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from vpnlint.discover import STANDARD_INPUT, discover, repository, shown
from vpnlint.document import parse
from vpnlint.errors import InputError
from vpnlint.files import STANDARD_INPUT_NAME, File, decode
from vpnlint.finding import Finding, Judged, Result
from vpnlint.gitops import chart_source
from vpnlint.gitops.objects import Objects
from vpnlint.ruleset import Ruleset

if TYPE_CHECKING:
    from vpnlint.pods import Workload

_RUNS_PODS = re.compile(
    rb"""(?:^[ -]*|[{,]\s*)["']?kind["']?\s*:\s*(?:[!&]\S+\s+)*["']?(?:HelmRelease|Pod|Deployment|StatefulSet"""
    rb"""|DaemonSet|ReplicaSet|ReplicationController|Job|CronJob)\b""",
    re.MULTILINE,
)


class _Run:
    """What one run has read so far: files that may hold workloads, files that say where charts come from, problems."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = paths
        self.named = {shown(path) for path in paths if not os.path.isdir(path)}
        self.files = 0
        self.candidates: deque[File] = deque()
        self.chart_sources: list[File] = []
        self.problems: list[InputError] = []
        # The other documents of the file that a workload stands in.
        self.objects = Objects(())
        self.charts = chart_source.ChartSources(self._chart_texts)

    def read(self, matters: Callable[[bytes], bool], progress: Callable[[int], None] | None) -> None:
        """Read every file once and keep what can matter; files that the user named are kept whatever they hold."""
        for item in discover(self.paths, matters):
            if isinstance(item, InputError):
                self.problems.append(item)
                continue
            self.files += 1
            if progress is not None:
                progress(self.files)
            if self._is_named(item) or (matters(item.data.lower()) and _RUNS_PODS.search(item.data)):
                self.candidates.append(item)
            elif not item.data.isascii() or b"\0" in item.data:
                self._text(item)
            if chart_source.FILE.search(item.data):
                self.chart_sources.append(item)

    def workloads(self, wanted: Callable[[str], object] | None) -> Iterator[Workload]:
        """Yield the workloads of the kept files; of files that nobody named only the documents wanted are parsed."""
        while self.candidates:
            file = self.candidates.popleft()
            text = self._text(file)
            if text is None:
                continue
            documents = list(parse(text, file.name, None if self._is_named(file) else wanted))
            self.objects = Objects(
                document.root for document in documents if not isinstance(document, InputError)
            )
            for document in documents:
                if isinstance(document, InputError):
                    self.problems.append(document)
                    continue
                if "apiVersion" in document.root.map:
                    # What Flux refuses is no matter in a file that is not for it.
                    self.problems += document.problems
                if _RUNS_PODS.search(file.data):
                    # The charts are half of the import time, which a commit without a workload need not pay.
                    from vpnlint.pods import workloads

                    yield from workloads(document.root, self.charts)

    def _is_named(self, file: File) -> bool:
        return file.name in self.named or file.name == STANDARD_INPUT_NAME

    def _text(self, file: File) -> str | None:
        try:
            return decode(file)
        except InputError as error:
            self.problems.append(error)
            return None

    def _chart_texts(self) -> Iterator[tuple[str, str]]:
        """Yield the files that hold chart sources: of the paths, and of the repositories around them."""
        seen = {os.path.realpath(path) for path in self.paths if os.path.isdir(path)}
        around = {repository(path) for path in self.paths if path != STANDARD_INPUT} - seen
        found = [item for item in discover(sorted(around), lambda _: False) if isinstance(item, File)]
        for file in [*self.chart_sources, *(file for file in found if chart_source.FILE.search(file.data))]:
            try:
                yield file.name, decode(file)
            except InputError:
                continue  # said where the file itself is read


def check(paths: Sequence[str], ruleset: Ruleset, progress: Callable[[int], None] | None = None) -> Result:
    """Judge every workload in the files at or below the paths (`-`: standard input).

    progress is told how many files were read so far. What cannot be read or understood is a problem in the Result.
    """
    run = _Run(paths)
    run.read(ruleset.concerns, progress)
    findings: list[Finding] = []
    judged: list[Judged] = []
    for workload in run.workloads(lambda text: ruleset.concerns(text.lower().encode())):
        from vpnlint.judge import judge

        verdict = judge(workload, ruleset, run.objects)
        findings += verdict.findings
        run.problems += verdict.problems
        if verdict.judged is not None:
            judged.append(verdict.judged)
    findings.sort(key=lambda finding: (finding.span, finding.rule))
    run.problems.sort(key=lambda problem: (problem.file, problem.line, problem.column))
    return Result(tuple(findings), tuple(judged), tuple(run.problems), run.files)


def render(paths: Sequence[str]) -> tuple[list[Workload], tuple[InputError, ...]]:
    """Return every workload at or below the paths with the object that Kubernetes will get, and what could not be read."""
    run = _Run(paths)
    run.read(lambda _: True, None)
    found = list(run.workloads(None))
    return found, tuple(run.problems)
