"""An image's entrypoint that reads QBT_A__B__C: it sets `B\\C` in section [A] of the conf at each start.

That is what k8s-at-home's and onedr0p's images documented and did (docs/facts/clients.md); these lines are
the lab's own. Run as `python3 qbittorrent_entrypoint.py CONF PROGRAM [ARGUMENT…]`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from configparser import RawConfigParser
from pathlib import Path

PREFIX = "QBT_"


def write(conf: Path, environment: Mapping[str, str]) -> None:
    """Set in the file what the variables say; what else is in it stays."""
    settings = RawConfigParser(delimiters=("=",))
    settings.optionxform = str  # type: ignore[assignment,method-assign]  # keys are told apart by case
    settings.read(conf)
    for name, value in environment.items():
        section, *key = name.removeprefix(PREFIX).split("__")
        if name.startswith(PREFIX) and key:
            if not settings.has_section(section):
                settings.add_section(section)
            settings.set(section, "\\".join(key), value)
    with conf.open("w") as file:
        settings.write(file, space_around_delimiters=False)


if __name__ == "__main__":
    write(Path(sys.argv[1]), os.environ)
    os.execvp(sys.argv[2], sys.argv[2:])
