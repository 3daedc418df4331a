"""A torrent of our own: a few megabytes of seeded noise, so that every run has the same one (BEP 3)."""

from __future__ import annotations

import hashlib
import random
from functools import cache

PAYLOAD = "payload.bin"
PIECE = 1 << 16
# More than the seed hands out at its rate limit in the longest run: a finished download sends nothing any
# more.
PIECES = 256
HASH = hashlib.sha1().digest_size

Value = int | bytes | list["Value"] | dict[bytes, "Value"]


def bencode(value: Value) -> bytes:
    """The value in bencoding; keys in order, as BEP 3 wants them."""
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l%se" % b"".join(map(bencode, value))
    return b"d%se" % b"".join(bencode(key) + bencode(value[key]) for key in sorted(value))


@cache
def payload() -> tuple[bytes, bytes]:
    """The payload, and the hashes of its pieces one after the other."""
    noise = random.Random(0)
    pieces = [noise.randbytes(PIECE) for _ in range(PIECES)]
    return b"".join(pieces), b"".join(hashlib.sha1(piece).digest() for piece in pieces)


def torrent(name: str, hashes: bytes, trackers: list[str]) -> bytes:
    """A torrent file; another `name` makes another torrent of the same bytes."""
    info: dict[bytes, Value] = {
        b"length": PIECE * (len(hashes) // HASH),
        b"name": name.encode(),
        b"piece length": PIECE,
        b"pieces": hashes,
    }
    file: dict[bytes, Value] = {b"info": info}
    if trackers:
        file[b"announce"] = trackers[0].encode()
        file[b"announce-list"] = [[tracker.encode()] for tracker in trackers]
    return bencode(file)


def without_swarm(name: str) -> bytes:
    """A torrent that nobody has and no tracker knows: who adds it has nobody to talk to."""
    return torrent(name, bytes(HASH), [])
