"""How the programs beside the detector write down whom they saw; Debian's Python runs this too."""

from __future__ import annotations

import json
import time
from pathlib import Path


class Records:
    """A file of one JSON object a line: time, kind of contact, source address, and what else is known."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)

    def write(self, kind: str, source: str, **details: str | int) -> None:
        self._file.write(json.dumps({"time": time.time(), "kind": kind, "source": source, **details}) + "\n")
