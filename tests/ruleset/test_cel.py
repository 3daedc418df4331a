"""What vpnlint asks of the CEL library besides the answers."""

from __future__ import annotations

import subprocess
import sys

_NULLS = """
from vpnlint.ruleset.cel import CompiledExpression, Engine
from vpnlint.source.document import TextNode
engine = Engine()
nulls = CompiledExpression(engine, "object", TextNode("object", "rule.yaml"))
activation = engine.make_activation({"object": [None] * 1000})
for _ in range(300):
    assert nulls.evaluate(activation) == [None] * 1000
"""


def test_nulls_in_results_do_not_end_the_interpreter() -> None:
    done = subprocess.run([sys.executable, "-c", _NULLS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
