"""Paths → the YAML files below them, read once; a byte search tells which can matter before anything is parsed."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from vpnlint.errors import InputError

STANDARD_INPUT = "-"

# The Kubernetes API refuses anything near this size; larger YAML is data, and is only searched, never parsed.
_LARGEST = 8 << 20
_CHUNK = 1 << 20
_SKIPPED_FOLDERS = frozenset((".git", ".venv", "node_modules", ".terraform", "__pycache__"))
_GIT_CRYPT = b"\0GITCRYPT\0"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class File(NamedTuple):
    """A file that was read: its path relative to the working directory, and its bytes."""

    name: str
    data: bytes


def discover(paths: Sequence[str], matters: Callable[[bytes], bool]) -> Iterator[File | InputError]:
    """Yield every YAML file at or below the paths (`-`: standard input) in a stable order, or why it can't be read.

    matters is asked of the content (lower case) of files too large to parse: only one that matters is a problem.
    Encrypted files of git-crypt and the templates of Helm charts are left out: they hold no manifest.
    """
    seen: set[str] = set()
    for path in paths:
        if path == STANDARD_INPUT:
            yield File("<stdin>", sys.stdin.buffer.read())
            continue
        try:
            mode = os.stat(path).st_mode
        except OSError as error:
            yield InputError(path, f"cannot be read: {_reason(error)}")
            continue
        if not stat.S_ISDIR(mode):
            yield from _read(path, matters)
            continue
        empty = True
        for name in _walk(path, seen):
            empty = False
            yield from [name] if isinstance(name, InputError) else _read(name, matters)
        if empty:
            yield InputError(path, "no YAML file is in this folder")


def _walk(folder: str, seen: set[str]) -> Iterator[str | InputError]:
    """Yield the YAML files below a folder, each folder once whatever links lead to it."""
    real = os.path.realpath(folder)
    if real in seen:
        return
    seen.add(real)
    try:
        with os.scandir(folder) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
    except OSError as error:
        yield InputError(folder, f"cannot be read: {_reason(error)}")
        return
    names = {entry.name for entry in entries}
    prefix = "" if folder == "." else folder.rstrip("/") + "/"
    for entry in entries:
        name = entry.name
        if name.endswith((".yaml", ".yml")):
            if not entry.is_dir():
                yield prefix + name
                continue
        if entry.is_dir(follow_symlinks=False):
            if name not in _SKIPPED_FOLDERS and not (name == "templates" and "Chart.yaml" in names):
                yield from _walk(prefix + name, seen)
        elif entry.is_symlink() and entry.is_dir():
            target = os.path.realpath(prefix + name)
            if (real + "/").startswith(target + "/"):
                yield InputError(prefix + name, "a link to a folder that it lies in (a loop)")
            else:
                yield from _walk(prefix + name, seen)


def _read(path: str, matters: Callable[[bytes], bool]) -> Iterator[File | InputError]:
    name = os.path.relpath(path) if os.path.isabs(path) else os.path.normpath(path)
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        yield InputError(name, f"cannot be read: {_reason(error)}")
        return
    try:
        size = os.fstat(descriptor).st_size
        if size > _LARGEST:
            if _matters_somewhere(descriptor, matters):
                yield InputError(name, f"larger than {_LARGEST >> 20} MiB: no manifest is; it is not read")
            return
        data = os.read(descriptor, size) if size else b""
        while len(data) < size or not size:
            more = os.read(descriptor, _CHUNK)
            if not more:
                break
            data += more
            if len(data) > _LARGEST:
                yield InputError(name, f"larger than {_LARGEST >> 20} MiB: no manifest is; it is not read")
                return
    except OSError as error:
        yield InputError(name, f"cannot be read: {_reason(error)}")
        return
    finally:
        os.close(descriptor)
    if not data.startswith(_GIT_CRYPT):
        yield File(name, data)


def _matters_somewhere(descriptor: int, matters: Callable[[bytes], bool]) -> bool:
    tail = b""
    while chunk := os.read(descriptor, _CHUNK):
        if matters((tail + chunk).lower()):
            return True
        tail = chunk[-64:]
    return False


def decode(file: File) -> str:
    """Return the file's text without byte order mark. Raises InputError with the line of what is not text."""
    data = file.data
    try:
        if data.startswith(_UTF16):
            return data.decode("utf-16")
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise InputError(file.name, "not UTF-8 text; save it as UTF-8", line, column) from error
    zero = text.find("\0")
    if zero >= 0:
        raise InputError(file.name, "a binary file, not YAML", text.count("\n", 0, zero) + 1, 1)
    return text


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def repository(path: str) -> str:
    """Return the folder of the git repository that a path lies in, or the path's own folder where there is none."""
    folder = os.path.realpath(path if os.path.isdir(path) else os.path.dirname(path) or ".")
    here = folder
    while not os.path.exists(os.path.join(here, ".git")):
        parent = os.path.dirname(here)
        if parent == here:
            return folder
        here = parent
    return here

