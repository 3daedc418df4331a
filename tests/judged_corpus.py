"""What vpnlint says of the whole corpus, in one run for all tests of a process."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import pytest

from tests.checkout import CORPUS
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.judge.matrix import list_routes
from vpnlint.results.result import Result


class JudgedCorpus(NamedTuple):
    """The result, and the Pod of the view behind the routes of each workload, by the identity of these."""

    result: Result
    pods: dict[int, dict[str, Any]]


@cache
def judge_corpus() -> JudgedCorpus:
    """Judge all repositories of the corpus at once; tests that ask share one process (tests/conftest.py)."""
    pods: dict[int, tuple[object, dict[str, Any]]] = {}

    def remembering(pod: Any, *rest: Any) -> Any:  # noqa: ANN401  (whatever the judge hands on)
        made = list_routes(pod, *rest)
        pods[id(made)] = made, pod  # kept with it, so that no other routes get its id
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vpnlint.judge.judge.list_routes", remembering)
        result = check([str(CORPUS / "repos")], RULESET)
    return JudgedCorpus(result, {identity: pod for identity, (_, pod) in pods.items()})
