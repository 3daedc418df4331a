"""The front of a run: find the files, look for a client, and leave early where there is none to judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vpnlint.config.configuration import Configuration
from vpnlint.errors import InputError, in_order
from vpnlint.files.repositories import select
from vpnlint.gitops.relevance import may_take_part
from vpnlint.results.result import Result
from vpnlint.ruleset.ruleset import Ruleset

if TYPE_CHECKING:
    from vpnlint.gitops.objects import Objects
    from vpnlint.run import Run
    from vpnlint.source.node import Node
    from vpnlint.workloads.workload import Workload


def check(
    paths: Sequence[str],
    ruleset: Ruleset,
    progress: Callable[[int], None] | None = None,
    *,
    rendered: bool = False,
    helm: str = "",
    ignores: bool = True,
    configuration: Configuration | None = None,
    overlays: Mapping[str, str] | None = None,
) -> Result:
    """Judge every workload that the files at or below the paths (`-`: standard input) take part in.

    progress takes the number of files read so far. rendered: the files are rendered manifests, nothing is
    resolved. helm: the program that renders charts which vpnlint does not know. ignores: comments and the
    configuration suppress findings. configuration: that of the repository. overlays: texts that stand in for
    files (absolute paths). A file that cannot be read or understood is a problem in the Result.
    """
    settings = configuration or Configuration(Path.cwd())
    selection = select(
        paths,
        ruleset.mentions_client,
        progress,
        rendered=rendered,
        is_excluded=settings.is_excluded,
        overlays=overlays,
    )
    # The catalogue is loaded only where a file names a client.
    unread = selection.find_unread_clients(lambda image: ruleset.catalog.names_client(image))
    if not selection.meets_client or not may_take_part(selection):
        return Result((), (), selection.problems(), selection.count, not_judged=unread)
    # A commit that touches no torrent client never comes here, and need not pay for the import.
    from vpnlint.gitops.read_clusters import read_clusters
    from vpnlint.judge.judge_run import judge_run
    from vpnlint.run import Run

    run = Run(
        selection, read_clusters(selection, ruleset.mentions_client, ruleset.catalog.names_client), helm=helm
    )
    if not run.touches_client:
        found = [*selection.problems(), *run.find_outside()]
        problems = in_order([problem for problem in found if run.counts(problem)])
        return Result((), (), problems, selection.count, not_judged=unread)
    result = judge_run(run, ruleset, settings, ignores=ignores, whole=settings.is_covered_by(paths))
    ruleset.keep_compiled()
    unread = tuple(note for note in unread if not run.rests_on(note.file))
    return result._replace(not_judged=in_order([*result.not_judged, *unread]))


def list_workloads(
    paths: Sequence[str], *, rendered: bool = False, helm: str = ""
) -> tuple[list[tuple[Workload, Objects]], tuple[InputError, ...]]:
    """Return every workload that the paths take part in, with the objects beside it, and the problems.

    rendered and helm: as for `check`.
    """
    run = _run_of_everything(paths, rendered=rendered, helm=helm)
    asked = [(item.workload, item.objects) for item in run.list_workloads() if item.asked]
    return asked, run.list_problems()


def list_objects(
    paths: Sequence[str], *, rendered: bool = False
) -> tuple[list[Node], tuple[InputError, ...]]:
    """Return every applied object, before charts make more of them, and the problems."""
    run = _run_of_everything(paths, rendered=rendered)
    return list(run.list_objects()), run.list_problems()


def _run_of_everything(paths: Sequence[str], *, rendered: bool, helm: str = "") -> Run:
    from vpnlint.gitops.read_clusters import read_clusters
    from vpnlint.run import Run

    selection = select(paths, _always, rendered=rendered)
    return Run(selection, read_clusters(selection, _always, _never, every=True), helm=helm)


def _always(_: bytes) -> bool:
    return True


def _never(_: str) -> bool:
    return False
