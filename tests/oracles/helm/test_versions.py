"""`semverCompare` against the real Helm: each sign with versions and wildcards of every form."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests import libyaml
from tests.oracles.helm.test_scalars import need
from vpnlint.source.go_template.functions.versions import VERSION_FUNCTIONS
from vpnlint.source.go_template.limits import Undecidable

SIGNS = ("", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^")
WANTED = (
    *("1", "1.2", "1.2.3", "2", "0", "0.0", "0.0.0", "0.2", "0.2.3", "0.0.3", "1.x", "1.2.x", "0.x", "0.0.x"),
    *("x", "*", "v1.25", "1.19-0", "1.2.3-rc.1", "1.2.3-alpha.2"),
)
OTHERS = (
    ">=1.2 <2",
    ">=1.2, <1.5",
    "1.2 - 1.5",
    "<1 || >=2",
    ">= 1.2",
    " 1.2",
    "^1.2, !=1.3.0",
    ">=1.19-0 <2",
)
WRONG = ("", "a", ">=", "1.2.3.4", ">=1.2||", "1y", "^^1")
VERSIONS = (
    *("1", "1.2", "1.2.3", "1.2.4", "1.3.0", "1.1.9", "2.0.0", "0.0.0", "0.0.3", "0.0.4", "0.1.0", "0.2.3"),
    *("0.2.4", "0.3.0", "1.19.0", "v1.25.0", "v1.99.0+k3s1", "1.2.3-rc.1", "1.2.3-rc.2", "1.2.3-alpha.2"),
    *("1.2.3-alpha.10", "1.19.0-eks-1", "0.0.0-a"),
)
compare = VERSION_FUNCTIONS["semverCompare"]


def ask_helm(pairs: list[tuple[str, str]], chart: Path) -> list[bool] | None:
    (chart / "templates").mkdir(exist_ok=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: versions\nversion: 1.0.0\n")
    calls = (f"- {{{{ semverCompare {json.dumps(one)} {json.dumps(two)} }}}}\n" for one, two in pairs)
    (chart / "templates" / "answers.yaml").write_text(f"answers:\n{''.join(calls)}")
    done = subprocess.run(
        [need("helm"), "template", "a", str(chart)], capture_output=True, text=True, check=False
    )
    found: list[bool] | None = libyaml.load(done.stdout)["answers"] if done.returncode == 0 else None
    return found


def test_each_constraint_allows_the_same_versions(tmp_path: Path) -> None:
    pairs = [
        (constraint, version)
        for constraint in (*(sign + wanted for sign in SIGNS for wanted in WANTED), *OTHERS)
        for version in VERSIONS
    ]
    assert [compare(*pair) for pair in pairs] == ask_helm(pairs, tmp_path)


@pytest.mark.parametrize("constraint", WRONG)
def test_what_is_no_constraint_is_refused(tmp_path: Path, constraint: str) -> None:
    assert ask_helm([(constraint, "1.2.3")], tmp_path) is None
    with pytest.raises(Undecidable):
        compare(constraint, "1.2.3")
