"""`make fuzz`: looks for input that vpnlint cannot bear, for so many seconds. Exit code 1, and the smallest
such input, if there is any."""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback

from tests.fuzz.pairs import try_all_pairs
from tests.fuzz.search import search, search_sessions


def main() -> int:
    """Search with one seed after the other until the time is over."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument(
        "--pairs",
        metavar="FIRST",
        nargs="?",
        type=int,
        const=0,
        help="try every value in every place instead, from this pair on",
    )
    arguments = parser.parse_args()
    if arguments.pairs is not None:
        return int(bool(try_all_pairs(arguments.pairs)))
    ends, seed, inputs = time.monotonic() + arguments.seconds, arguments.seed, 0
    while time.monotonic() < ends:
        try:
            inputs += search(seed) + search_sessions(seed)
        except AssertionError:
            traceback.print_exc()
            print(f"fuzz: `make fuzz SECONDS=1 SEED={seed}` shows this again", file=sys.stderr)
            return 1
        seed += 1
    print(f"fuzz: {inputs} inputs with the seeds {arguments.seed} to {seed - 1}, and nothing was broken")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
