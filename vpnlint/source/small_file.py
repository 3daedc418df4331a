"""A path → the bytes of a small file, without waiting for what never comes."""

from __future__ import annotations

import os
import stat

# A pipe that nobody writes to must not hold up the run.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_small_file(path: str, most: int) -> bytes | None:
    """Return the bytes of a file; None for what cannot be read, is no file, or is too long."""
    try:
        descriptor = os.open(path, _OPEN)
    except (OSError, ValueError):
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            return None
        with os.fdopen(os.dup(descriptor), "rb") as file:
            return file.read(most)
    except OSError:
        return None
    finally:
        os.close(descriptor)
