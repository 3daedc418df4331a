"""Runs vpnlint in a process of its own that may take little time and memory, and remembers what it opens.

Python calls the hook for every file that is opened, every folder that is listed and every program that is
started (https://docs.python.org/3/library/audit_events.html), so nothing that vpnlint does in Python escapes
it.
"""

from __future__ import annotations

import importlib
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.checkout import ROOT
from tests.forked import run_main

SECONDS = 5
MEMORY = 300 << 20
# Who waits for what never comes takes no time of the processor; a busy machine takes long for five seconds.
_PATIENCE = 120
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_OPENED = {"open", "os.listdir", "os.scandir"}
_CHANGES = {
    *("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.link", "os.chmod", "os.truncate"),
    *("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect"),
}
# What Python itself reads while it runs, beside its own files.
_HARMLESS = ("/dev/null", "/proc/self/", "/usr/share/zoneinfo", "/etc/localtime")
_PYTHON = tuple(str(Path(path)) for path in (sys.prefix, sys.base_prefix, ROOT))
# What a run with rules of its own compiles; tests/ruleset/test_cache.py holds what may be kept there.
_CACHE = tempfile.TemporaryDirectory(prefix="vpnlint-fuzz-")


class Outcome(NamedTuple):
    """How a run ended: its exit code (negative: the signal that ended it), what it printed, and what it must
    not have done."""

    code: int
    output: str
    forbidden: tuple[str, ...]


class Talk(NamedTuple):
    """What a run is told: at first, and once `until` stands in its output."""

    first: bytes
    until: bytes
    then: bytes


_SILENT = Talk(b"", b"", b"")


def run(arguments: Sequence[str], folder: Path, talk: Talk = _SILENT, memory: int = MEMORY) -> Outcome:
    """Run vpnlint with these arguments in a folder. talk: what it reads from standard input."""
    importlib.import_module("tests.preloaded")  # only where something runs, and not again in each child
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as forbidden:
        given, giving = os.pipe()
        child = os.fork()
        if not child:
            os.close(giving)
            _run(arguments, folder, memory, (given, output.fileno(), forbidden.fileno()))
        os.close(given)
        status = _talk(child, talk, giving, output.fileno())
        output.seek(0)
        forbidden.seek(0)
        texts = [stream.read().decode("utf-8", "replace") for stream in (output, forbidden)]
    return Outcome(os.waitstatus_to_exitcode(status), texts[0], tuple(dict.fromkeys(texts[1].splitlines())))


def _talk(child: int, talk: Talk, giving: int, output: int) -> int:
    """Tell a child what it is to be told, and return its status once it has ended."""
    with os.fdopen(giving, "wb") as pipe:
        try:
            pipe.write(talk.first)
            pipe.flush()
            while talk.until not in os.pread(output, os.fstat(output).st_size, 0):
                ended, status = os.waitpid(child, os.WNOHANG)
                if ended:
                    return status
                time.sleep(0.02)
            pipe.write(talk.then)
            pipe.flush()
        except BrokenPipeError:
            pass  # it has ended
    return os.waitpid(child, 0)[1]


def _run(arguments: Sequence[str], folder: Path, memory: int, files: tuple[int, int, int]) -> None:
    """Be the child: never return."""
    code = 70
    given, output, forbidden = files
    try:
        os.chdir(folder)
        os.environ["XDG_CACHE_HOME"] = _CACHE.name
        os.dup2(given, 0)
        sys.stdin = os.fdopen(0, encoding="utf-8")
        os.dup2(output, 1)
        os.dup2(output, 2)
        for number, stream in ((1, "stdout"), (2, "stderr")):
            setattr(sys, stream, os.fdopen(number, "w", encoding="utf-8"))
        # Seconds of the processor: a busy machine makes nobody fail.
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_AS, (_size() + memory, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGXCPU, signal.SIG_DFL)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(_PATIENCE)
        sys.addaudithook(_Hook(folder, forbidden).heed)
        code = run_main(arguments)
    finally:
        os._exit(code)


def _size() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


class _Hook:
    def __init__(self, folder: Path, forbidden: int) -> None:
        self._folder = os.path.realpath(folder)
        self._cache = os.path.realpath(_CACHE.name)
        self._forbidden = forbidden
        self._busy = False

    def heed(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._busy or event not in _OPENED | _CHANGES:
            return
        self._busy = True
        try:
            if complaint := self._complaint(event, arguments):
                os.write(self._forbidden, f"{complaint}\n".encode("utf-8", "backslashreplace"))
        finally:
            self._busy = False

    def _complaint(self, event: str, arguments: tuple[Any, ...]) -> str:
        path = arguments[0]
        if event in _CHANGES:
            kept = isinstance(path, str) and _is_below(os.path.realpath(path), self._cache)
            return "" if kept else f"{event}: {arguments!r}"
        if not isinstance(path, str | bytes):
            return ""  # what is open already
        name = os.path.realpath(os.fsdecode(path)) if b"\0" not in os.fsencode(path) else ""
        if event != "open" and name in sys.path:
            return ""  # Python looks for a module
        if name.startswith(_HARMLESS) or any(_is_below(name, place) for place in (*_PYTHON, self._cache)):
            return ""
        if event == "open" and arguments[2] & _WRITES:
            return f"written: {name}"
        if name and not _is_below(name, self._folder):
            return f"outside: {name}"
        return ""


def _is_below(name: str, folder: str) -> bool:
    return name == folder or name.startswith(folder + os.sep)
