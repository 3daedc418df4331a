"""A path or standard input → bytes and text, within limits and without waiting for what never comes."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from collections.abc import Callable
from typing import NamedTuple

from vpnlint.errors import InputError

# The Kubernetes API refuses anything near this size; larger YAML is data, and is only searched, never parsed.
_LARGEST = 8 << 20
# Most files fit into one read of this size, which spares asking for their size.
_CHUNK = 1 << 16
_LONGEST_WORD = 64
# How findings and problems call it.
STANDARD_INPUT_NAME = "<stdin>"
_GIT_CRYPT = b"\0GITCRYPT\0"
_UTF32 = codecs.BOM_UTF32_LE
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# A pipe that nobody writes to must not hold up the run.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class File(NamedTuple):
    """A file that was read: its path as shown to the user, and its bytes."""

    name: str
    data: bytes


def read_file(name: str, matters: Callable[[bytes], bool]) -> File | InputError | None:
    """Return a file, or why it cannot be read; None where git-crypt encrypted it or it is too large.

    matters is asked of the content (lower case) where it is too large to parse: only what matters is a
    problem.
    """
    try:
        descriptor = os.open(name, _OPEN)
    except OSError as error:
        return InputError(name, f"cannot be read: {reason(error)}")
    try:
        data = _gather(descriptor)
        if len(data) > _LARGEST:
            # A device may never end; a file is searched to its end.
            regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            return None if regular and not _matters_somewhere(data, descriptor, matters) else _too_large(name)
    except OSError as error:
        return InputError(name, f"cannot be read: {reason(error)}")
    finally:
        os.close(descriptor)
    return None if data.startswith(_GIT_CRYPT) else File(name, _as_utf8(data))


def read_standard_input() -> File | InputError:
    """Return what standard input holds, or why it cannot be read."""
    name = STANDARD_INPUT_NAME
    try:
        data = _gather(sys.stdin.fileno())
    except (AttributeError, OSError, ValueError):
        return InputError(name, "cannot be read: it is closed")
    return _too_large(name) if len(data) > _LARGEST else File(name, _as_utf8(data))


def _gather(descriptor: int) -> bytes:
    """Return all that there is to read, or more than is parsed."""
    parts = []
    size = 0
    while size <= _LARGEST:
        try:
            part = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            os.set_blocking(descriptor, True)
            continue
        if not part:
            break
        parts.append(part)
        size += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _matters_somewhere(data: bytes, descriptor: int, matters: Callable[[bytes], bool]) -> bool:
    tail = b""
    while data:
        if matters((tail + data).lower()):
            return True
        tail = data[-_LONGEST_WORD:]
        data = os.read(descriptor, _CHUNK)
    return False


def _too_large(name: str) -> InputError:
    return InputError(name, f"larger than {_LARGEST >> 20} MiB: no manifest is; it is not read")


def _as_utf8(data: bytes) -> bytes:
    """Return UTF-16 with a byte order mark as UTF-8, so that words can be found in it; others unchanged."""
    if data.startswith(_UTF16):
        try:
            return data.decode("utf-32" if data.startswith(_UTF32) else "utf-16").encode()
        except UnicodeError:
            return data  # `decode` says what is wrong
    return data.removeprefix(codecs.BOM_UTF8)


def reason(error: OSError | ValueError) -> str:
    """Return what the system says of a path, without the path."""
    return getattr(error, "strerror", None) or str(error)


def decode(file: File) -> str:
    """Return the file's text without byte order mark. Raises InputError with the line of what is not text."""
    encoding = "utf-16" if file.data.startswith(_UTF16) else "utf-8-sig"
    try:
        text = file.data.decode(encoding)
    except UnicodeDecodeError as error:
        before = file.data[: error.start].decode(encoding, "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise InputError(file.name, "not UTF-8 text; save it as UTF-8", line, column) from error
    zero = text.find("\0")
    if zero >= 0:
        raise InputError(file.name, "a binary file, not YAML", text.count("\n", 0, zero) + 1, 1)
    return text
