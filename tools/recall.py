"""Counts what vpnlint finds of the pitfalls that were read by hand in the corpus, by rule.

Part of bench; alone it writes its table into a page:

    recall.py [--write FILE]
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from tests.checkout import CORPUS
from tests.labels.pitfalls import PITFALLS, Row, count_pitfall, judge_labelled, read_labels

MARKS = re.compile(r"(<!-- recall -->\n)(.*)(<!-- /recall -->\n)", re.DOTALL)


def recall() -> Iterator[str]:
    """Yield the lines of the table, or that the corpus is not there."""
    if not CORPUS.is_dir():
        yield f"Skipped: the corpus, which is not at {CORPUS}."
        return
    yield from describe_recall(judge_labelled(read_labels()))


def describe_recall(rows: list[Row]) -> Iterator[str]:
    """Yield the lines of the table about these workloads."""
    yield "| rule | read in the label | found | missed | false | rightly silent | precision | recall |"
    yield f"|---|---|{'--:|' * 6}"
    for pitfall in PITFALLS:
        count = count_pitfall(pitfall, rows)
        shares = [_share(count.found, count.false), _share(count.found, count.missed)]
        numbers = [count.found, count.missed, count.false, count.silent, *shares]
        yield f"| `{pitfall.rule}` | {pitfall.title} | {' | '.join(map(str, numbers))} |"


def _share(found: int, others: int) -> str:
    """Return the share of what is found, or a dash where there is nothing to find."""
    return f"{found / (found + others):.0%}" if found + others else "-"


def main() -> None:
    """Count, print the table, and write it between the marks of a page where asked."""
    parser = argparse.ArgumentParser(description="Count what is found of the labelled pitfalls.")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table there, too")
    arguments = parser.parse_args()
    table = "\n".join(recall()) + "\n"
    print(table, end="")
    if arguments.write:
        page = arguments.write.read_text(encoding="utf-8")
        written, times = MARKS.subn(lambda match: f"{match[1]}{table}{match[3]}", page)
        if not times:
            raise SystemExit(f"recall: {arguments.write} has no place for the table")
        arguments.write.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
