"""A file outside of all workspace folders, judged by its text alone."""

from __future__ import annotations

from pathlib import Path

from vpnlint.config.configuration import Configuration
from vpnlint.files.discover import display_path
from vpnlint.files.reading import File
from vpnlint.files.requested import Requested
from vpnlint.files.selection import Selection
from vpnlint.judge.judge_run import judge_run
from vpnlint.results.result import Result
from vpnlint.ruleset.ruleset import Ruleset
from vpnlint.run import Run


def judge_text(path: str, text: str, ruleset: Ruleset) -> Result:
    """Return the Result for a text, reported under the name of a file (absolute path)."""
    data = text.encode("utf-8", "surrogatepass")
    if not ruleset.mentions_client(data.lower()):
        return Result((), (), (), 1)
    selection = Selection(Requested([]), ruleset.mentions_client)
    selection.streams.append(File(display_path(path), data))
    selection.count = 1
    settings = Configuration(Path(path).parent)
    return judge_run(Run(selection, []), ruleset, settings, ignores=True, whole=False)
