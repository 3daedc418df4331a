"""The torrent clients of a newer Debian: a folder made by tests/oracles/lab/newer, used by chroot."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

# What a run writes and mounts has to be seen inside, too, at the same path; all of it goes with the mount
# namespace.
SEEN = (
    'for place in /proc /dev /var/tmp /etc/resolv.conf; do mount --rbind "$place" "$0$place"; done; '
    'exec chroot "$0" "$@"'
)


@cache
def folder() -> Path:
    """Where tests/oracles/lab/newer puts that Debian, whether it is there or not."""
    script = Path(__file__).with_name("newer")
    done = subprocess.run([script, "--path"], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


def inside(root: Path | None, command: Sequence[str]) -> list[str]:
    """The command line that runs `command` in that folder (None: as it is).

    `command` keeps the process's id.
    """
    if root is None:
        return list(command)
    return ["unshare", "--mount", "sh", "-ec", SEEN, str(root), *command]
