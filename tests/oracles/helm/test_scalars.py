"""The recorded answers against the real Helm and Kustomize, which gave them."""

from __future__ import annotations

import pytest

from tests.oracles.helm.scalar_answers import Answer, Render, ask, by_flux, by_helm, program, read_table

ROWS = read_table()


def need(name: str) -> str:
    found = program(name)
    if found is None:
        pytest.skip(f"{name} is not there: `make tools` builds what tools/go.mod declares")
    return found


def check(answers: list[Answer | None], seen: str, quoted: str) -> None:
    got = [(answer.seen, answer.quoted) if answer else (None, None) for answer in answers]
    assert got == [(row[seen], row[quoted]) for row in ROWS]
    for answer in filter(None, answers):
        assert answer.copied == answer.seen


def test_real_helm_answers_as_recorded() -> None:
    check(ask(by_helm(need("helm")), [str(row["text"]) for row in ROWS]), "helm", "quoted")


def test_real_kustomize_and_helm_answer_as_recorded() -> None:
    render: Render = by_flux(need("kustomize"), need("helm"))
    check(ask(render, [str(row["text"]) for row in ROWS]), "flux", "flux_quoted")


def test_values_handed_over_as_json_reach_the_container_as_from_a_file() -> None:
    rows = [row for row in ROWS if row["helm"] is not None]
    answers = ask(by_helm(need("helm")), [str(row["helm"]) for row in rows])
    assert [answer and answer.quoted for answer in answers] == [row["quoted"] for row in rows]
