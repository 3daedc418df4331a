"""Rendered workloads, beside the Kyverno CLI with the same rules."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.checkout import ROOT
from tools.bench.measuring import PROGRAMS, Bench, measure, vpnlint, write_table

WORKLOADS = 4


def workloads(corpus: Path, folder: Path) -> Iterator[str]:
    """Yield the comparison on workloads that Helm rendered, with the Kyverno CLI and the same rules."""
    yield f"## {WORKLOADS} rendered workloads, all rules"
    yield ""
    built = subprocess.run([ROOT / "tools" / "build", "--path"], capture_output=True, text=True, check=True)
    kyverno = shutil.which("kubectl-kyverno") or f"{built.stdout.strip()}/kubectl-kyverno"
    if not Path(kyverno).is_file():
        yield "Skipped: `kyverno apply`; `make tools` builds it."
        return
    policies, resources = folder / "policies", folder / "resources"
    subprocess.run([PROGRAMS / "vpnlint", "emit", "kyverno", "-o", policies], check=True)
    resources.mkdir()
    for number, file in enumerate(sorted((corpus / "rendered").glob("*.yaml"))[:WORKLOADS]):
        text = file.read_text(encoding="utf-8")
        # The CLI ends in a panic where two resources are called the same.
        text = re.sub(r"^  name: .*", f"  name: workload-{number}", text, count=1, flags=re.MULTILINE)
        (resources / f"{number}.yaml").write_text(text, encoding="utf-8")
    command = [kyverno, "apply", str(policies), "--resource", str(resources)]
    apply = Bench("`kyverno apply`", command, warm=False)
    yield from write_table(measure([vpnlint(resources), apply], 1))
