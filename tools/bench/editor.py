"""A keystroke in an editor, with a warm server."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.bench.measuring import yaml_files
from vpnlint.ruleset.ruleset import load_rules


def keystrokes(tree: Path, folder: Path, rounds: int) -> Iterator[str]:
    """Yield what a keystroke in files of a repository takes of the processor, with a warm server."""
    from vpnlint.editor.session import Session

    root = folder / "edited"
    shutil.copytree(tree, root, copy_function=shutil.copyfile)
    (root / ".git").mkdir(exist_ok=True)
    files = list(yaml_files(root))
    yield f"## A keystroke in an editor ({tree.name.replace('__', '/')}, {len(files)} files)"
    yield ""
    yield "| in the file | median | fastest to slowest |"
    yield "|---|--:|--:|"
    session = Session("utf-16")
    started = time.process_time()
    session.update([str(root)], {}, reread=False)
    first = time.process_time() - started
    for title, path in _edited_files(files).items():
        text, seconds = path.read_text(encoding="utf-8"), []
        for number in range(2 * rounds + 1):
            line = text.count("\n") // 2 + number % 7
            lines = text.split("\n")
            lines[line:line] = ["# " + "x" * number]
            started = time.process_time()
            session.update([str(root)], {str(path): "\n".join(lines)}, reread=False)
            seconds.append(time.process_time() - started)
        del seconds[0]
        span = f"{1000 * min(seconds):.0f} to {1000 * max(seconds):.0f} ms"
        yield f"| {title} | {1000 * statistics.median(seconds):.0f} ms | {span} |"
    yield ""
    yield f"Seconds of the processor. To open the folder takes {first:.1f} s."


def _edited_files(files: Sequence[Path]) -> dict[str, Path]:
    """Return files of several kinds to type in: a client's, what leads to it, and another one."""
    words = tuple(load_rules().catalog.words)
    texts = {path: path.read_bytes() for path in sorted(files)}
    found: dict[str, Path] = {}
    for path, data in texts.items():
        near = any(word in data.lower() for word in words)
        if near and b"kind: HelmRelease" in data:
            client = found.setdefault("the HelmRelease of a client", path)
            for name in ("kustomization.yaml", "../ks.yaml", "../../kustomization.yaml"):
                beside = Path(os.path.normpath(client.parent / name))
                if beside in texts:
                    found.setdefault(f"`{name}` beside it", beside)
        elif b"kind: HelmRelease" in data:
            found.setdefault("another HelmRelease", path)
    return found
