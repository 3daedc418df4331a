"""A resolver that knows the names under .lab (all but one are the swarm) and writes down who asked; others do not exist.

Run as `python -m tests.oracles.lab.resolver RECORDS ADDRESS`.
"""

from __future__ import annotations

import socket
import struct
import sys
from pathlib import Path

from tests.oracles.lab.records import Records
from tests.oracles.lab.topology import CONTROL, ISP_OF_VPN, SWARM

HEADER = 12
A = 1


def name_in(query: bytes) -> tuple[str, int]:
    """The name asked for, and where the question's type begins."""
    labels: list[str] = []
    at = HEADER
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode("ascii", "replace"))
        at += query[at] + 1
    return ".".join(labels), at + 1


def answer(query: bytes) -> bytes:
    """A reply with one address, none (another type), or NXDOMAIN."""
    name, at = name_in(query)
    known = name.endswith(".lab")
    (kind,) = struct.unpack(">H", query[at : at + 2])
    found = known and kind == A
    flags = 0x8180 | (0 if known else 3)
    reply = query[:2] + struct.pack(">HHHHH", flags, 1, int(found), 0, 0) + query[HEADER : at + 4]
    if found:
        reply += (
            b"\xc0\x0c"
            + struct.pack(">HHIH", A, 1, 1, 4)
            + socket.inet_aton(ISP_OF_VPN if name == CONTROL else SWARM)
        )
    return reply


def serve(records: Records, address: str) -> None:
    # The tunnel's own address may not be there yet.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_FREEBIND", 15), 1)
        listener.bind((address, 53))
        while True:
            query, source = listener.recvfrom(2048)
            records.write("dns", source[0], name=name_in(query)[0])
            listener.sendto(answer(query), source)


if __name__ == "__main__":
    serve(Records(Path(sys.argv[1])), sys.argv[2])
