"""The programs of a cluster: those on PATH, or those that `tools/build cluster` built."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

from tests.checkout import ROOT

MODULE = ROOT / "tools" / "cluster"
# Go calls etcd by the last element of its package's path.
PROGRAMS = {
    "etcd": "server",
    "kube-apiserver": "kube-apiserver",
    "kyverno": "kyverno",
    "controller-gen": "controller-gen",
}


def missing() -> str:
    """Return why no cluster can run here, or nothing."""
    if shutil.which("go") is None:
        return "no Go, which finds Kyverno's manifests and Flux's types"
    if shutil.which("openssl") is None:
        return "no openssl, which makes the API server's key"
    absent = [name for name in PROGRAMS if program(name) is None]
    return f"no {', '.join(absent)}: `tools/build cluster` builds them" if absent else ""


@cache
def program(name: str) -> str | None:
    """Return the path of a program, or None; one on PATH is used first, but for kyverno: there that is the
    CLI."""
    found = None if name == "kyverno" else shutil.which(name)
    built = folder() / PROGRAMS[name]
    return found or (str(built) if built.is_file() else None)


@cache
def folder() -> Path:
    """Return where `tools/build cluster` puts the programs."""
    command = [str(ROOT / "tools" / "build"), "--path", "cluster"]
    return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip())


@cache
def module(path: str) -> Path:
    """Return the folder of a Go module that tools/cluster/go.mod requires."""
    command = ["go", "list", "-m", "-f", "{{.Dir}}", path]
    done = subprocess.run(command, cwd=MODULE, capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())
