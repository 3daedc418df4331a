"""The recorded answers against kustomize's own code, which gave them."""

from __future__ import annotations

import json

import pytest

from tests.oracles.kustomize.answers import ANSWERS, answers, built


def test_kustomize_answers_as_recorded() -> None:
    asked = built()
    if asked is None:
        pytest.skip("kustomize's code is not there: `tools/build flux` builds it")
    assert answers(asked) == json.loads(ANSWERS.read_text())
