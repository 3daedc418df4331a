"""Ask real Helm and real Kustomize what reaches a container for a YAML scalar; run as a program, rewrite
scalars.yaml.

`helm template` reads a values file with sigs.k8s.io/yaml: YAML to JSON, JSON to Go. Flux differs: its
kustomize-controller applies what Kustomize's libraries print, so Kustomize has read the file before, by other
rules; and the API server hands `spec.values` to helm-controller as JSON, which Helm then reads as it reads a
file. So Flux's answer is Helm's answer on Kustomize's output. Only what replaces a `${VARIABLE}` comes in
later and is read by Helm's rules, quoted by the user or not (SubstituteVariables in fluxcd/pkg/kustomize
v1.35.6, kustomize_varsub.go; fluxcd/flux2#4606).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import yaml

from tests import libyaml
from tests.checkout import ROOT

HERE = Path(__file__).parent
TABLE = HERE / "scalars.yaml"
HEADING = """\
# What a scalar means, as Helm 4.2.4 and Kustomize 5.8.1 answered; `python -m tests.oracles.helm.scalar_answers` asks them again.
# text: as written after `NAME: ` · helm: the JSON that templates see of a values file · quoted: the string in the
# container after `quote` · flux, flux_quoted: the same where Kustomize read the text first, as Flux has it do.
# All null: the file is refused.
"""
Render = Callable[[str], str | None]


class Answer(NamedTuple):
    """The JSON that templates see, the string that `quote` makes of it, the JSON that is left of a toYaml
    copy."""

    seen: str
    quoted: str
    copied: str


def program(name: str) -> str | None:
    """Return the path of a program built from tools/go.mod, or else of one on PATH."""
    asked = [str(ROOT / "tools" / "build"), "--path"]
    folder = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    built = Path(folder, name)
    return str(built) if folder and built.is_file() else shutil.which(name)


def by_helm(helm: str) -> Render:
    """Return a function that renders the chart with the text of a values file; None where Helm refuses the
    file."""
    return lambda values: _run([helm, "template", "release", str(HERE / "chart"), "--values", "-"], values)


def by_flux(kustomize: str, helm: str) -> Render:
    """Return the same for a values file that Kustomize has read and printed before."""

    def render(values: str) -> str | None:
        with TemporaryDirectory() as folder:
            Path(folder, "values.yaml").write_text(values)
            Path(folder, "kustomization.yaml").write_text("resources: [values.yaml]\n")
            printed = _run([kustomize, "build", folder], "")
        return None if printed is None else by_helm(helm)(printed)

    return render


def ask(render: Render, texts: list[str]) -> list[Answer | None]:
    """Return what became of each text, None for those that make the whole file be refused."""
    lines = [f"  V{number}: {text}" for number, text in enumerate(texts)]
    items = [f"  - name: V{number}\n    value: {text}" for number, text in enumerate(texts)]
    # An unknown kind, so that Kustomize has no schema for it, as it has none for a HelmRelease.
    head = ["apiVersion: example.invalid/v1", "kind: Values", "metadata: {name: values}"]
    output = render("\n".join([*head, "env:", *lines, "envList:", *items, ""]))
    if output is None:
        half = len(texts) // 2
        return [*ask(render, texts[:half]), *ask(render, texts[half:])] if half else [None]
    pod = yaml.load(output, yaml.BaseLoader)
    annotations = pod["metadata"]["annotations"]
    seen = json.loads(annotations["seen"])
    quoted = {item["name"]: item["value"] for item in pod["spec"]["containers"][0]["env"]}
    copied = {item["name"]: item["value"] for item in json.loads(annotations["reread"])}
    names = [f"V{number}" for number in range(len(texts))]
    return [Answer(json.dumps(seen[name]), quoted[name], json.dumps(copied[name])) for name in names]


def read_table() -> list[dict[str, str | None]]:
    """Return the rows of scalars.yaml; every cell is a string or null."""
    rows: list[dict[str, str | None]] = libyaml.load(TABLE.read_text())
    return rows


def write_table(helm: str, kustomize: str) -> None:
    """Ask again for every text of scalars.yaml and write the answers."""
    texts = [str(row["text"]) for row in read_table()]
    rows = []
    for text, alone, flux in zip(
        texts, ask(by_helm(helm), texts), ask(by_flux(kustomize, helm), texts), strict=True
    ):
        cells = (alone and alone.seen, alone and alone.quoted, flux and flux.seen, flux and flux.quoted)
        row = {"text": text, **dict(zip(("helm", "quoted", "flux", "flux_quoted"), cells, strict=True))}
        rows.append(f"- {json.dumps(row)}\n")
    TABLE.write_text(HEADING + "".join(rows))


def _run(command: list[str], stdin: str) -> str | None:
    """Return what a program printed, or None where it refused a number that JSON cannot hold."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return done.stdout
    if "unsupported value" in done.stderr:
        return None
    raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip()}")


if __name__ == "__main__":
    found = [program("helm"), program("kustomize")]
    if None in found:
        sys.exit(
            "helm and kustomize are needed: `make tools` builds those of tools/go.mod, others are looked for on PATH"
        )
    write_table(*map(str, found))
