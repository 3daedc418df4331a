"""action.yml: what its steps refuse, and how they are given what they are given; what they do with vpnlint,
tests/oracles/packaging holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packaging.action import ACTION, HOSTILE, INSTALL, SCRIPTS, files, step


def test_each_input_goes_through_the_environment_and_none_into_a_script() -> None:
    handed = [value for what in SCRIPTS for value in what["env"].values()]
    assert sorted(handed) == sorted(f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"])
    for what in SCRIPTS:
        assert "${{" not in what["run"]
        assert what["shell"] == "bash"
    for declared in ACTION["inputs"].values():
        assert declared["description"]


@pytest.mark.parametrize("text", HOSTILE)
def test_only_a_release_is_taken_for_a_version(
    text: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = files(tmp_path)
    done = step(INSTALL, tmp_path_factory.mktemp("runner"), tmp_path, version=text)
    assert done == (2, "", "::error title=vpnlint::the input version must be a release such as 0.1.0\n")
    assert files(tmp_path) == before
