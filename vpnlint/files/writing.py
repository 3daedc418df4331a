"""Writes files whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from vpnlint.errors import UsageError


def write_file(path: Path, text: str) -> None:
    """Write a file through another one beside it, so that no reader ever finds half of it.

    Where the path is a link, what it leads to is replaced; a pipe or a device is written to directly. Raises
    UsageError where it cannot be written; the file is as it was then.
    """
    import tempfile  # most runs write no file

    target = Path(os.path.realpath(path))
    data = text.encode("utf-8", "surrogateescape")
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)
            return
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(name, mode)
            os.replace(name, target)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error


def _umask() -> int:
    """Return the process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
