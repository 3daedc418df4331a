"""One file: what a pre-commit hook costs, for files of every kind."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.bench.measuring import Row, Target, measure, python, vpnlint, write_table, yaml_files
from vpnlint.ruleset.ruleset import load_rules

_CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: unrelated\ndata:\n  key: value\n"
_DEFINITION = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.org
spec:
  group: example.org
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
"""
_PROPERTY = "            field%d:\n              type: string\n              description: What it is for.\n"
_PROPERTIES = 300
_LABELS = 'image: [app.kubernetes.io, "*.png"]\n# See README.md.\ndocs:\n  - changed-files: [docs/**]\n'
UNRELATED, OF_A_CLIENT = 3.0, 6.0


def one_file(folder: Path, rounds: int, targets: list[Target]) -> Iterator[str]:
    """Yield the comparison on files outside of any repository that hold no torrent client."""
    texts = {
        "ConfigMap": _CONFIG_MAP,
        "CustomResourceDefinition of 900 lines": _DEFINITION
        + "".join(_PROPERTY % number for number in range(_PROPERTIES)),
        "no manifest (labeler.yaml)": _LABELS,
    }
    benches = [python()]
    for name, text in texts.items():
        file = folder / f"{name.split()[0]}.yaml"
        file.write_text(text, encoding="utf-8")
        benches.append(vpnlint(file)._replace(name=name))
    benches.append(vpnlint("--no-cache", folder / "ConfigMap.yaml")._replace(name="ConfigMap, `--no-cache`"))
    rows = measure(benches, max(rounds, 10))
    yield "## One unrelated file"
    yield ""
    yield from write_table(rows, "import")
    targets.append(_compare("One unrelated file by itself", rows[0], rows[1:-1], UNRELATED))


def files_of_a_repository(tree: Path, folder: Path, rounds: int, targets: list[Target]) -> Iterator[str]:
    """Yield the time for one file in its git repository: of several kinds without a client, and with one."""
    root = folder / "repository"
    shutil.copytree(tree, root, copy_function=shutil.copyfile)
    (root / ".git").mkdir(exist_ok=True)
    near, others = _choose(root)
    benches = [vpnlint(path)._replace(name=kind) for kind, path in {**others, **near}.items()]
    first, *rows = measure([python(), *benches], rounds)
    unrelated, own = rows[: len(others)], rows[len(others) :]
    yield f"## One file in its repository ({tree.name.replace('__', '/')})"
    yield ""
    yield from write_table([first, *rows], "import")
    targets += [
        _compare("One unrelated file in its repository, the slowest kind", first, unrelated, UNRELATED),
        _compare("A torrent client's HelmRelease in its repository", first, own[:1], OF_A_CLIENT),
    ]


def _compare(name: str, base: Row, rows: Sequence[Row], limit: float) -> Target:
    worst = max(row.median for row in rows) / base.median
    return Target(name, f"at most {limit:g} times `import yaml`", f"{worst:.1f} times", worst <= limit)


def _choose(root: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    """Return files of a repository by kind: those of a torrent client, the HelmRelease first, and others.

    A component is neither: it is a part of each client that uses it.
    """
    words = tuple(load_rules().catalog.words)
    near: dict[str, Path] = {}
    others: dict[str, Path] = {}
    for path in sorted(yaml_files(root)):
        data = path.read_bytes()
        kinds = re.findall(rb"^kind: *(\w+)", data, re.MULTILINE)
        kind = kinds[0].decode() if kinds else f"no object ({path.name})"
        speaks = any(word in data.lower() for word in words)
        if speaks and kinds:
            near.setdefault(f"{kind} of a client", path)
        elif not speaks and kind != "Component" and (kinds or path.name in ("values.yaml", "labels.yaml")):
            others.setdefault(kind, path)
    return dict(sorted(near.items(), key=lambda item: "HelmRelease" not in item[0])), others
