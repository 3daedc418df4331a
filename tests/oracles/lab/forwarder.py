"""A stand-in for gluetun's own resolver on 127.0.0.1, as the real one was measured to send names on.

Run as `python -m tests.oracles.lab.forwarder LOCAL_RESOLVER…`. Every name goes to a public resolver by an
encrypted connection; with a LOCAL_RESOLVER, names that end as no public one does go to it instead, in plain
text: gluetun does so since v3.41.0, with the resolver that it found in resolv.conf when it started. After a
restart it finds itself there, and such names are never answered.
"""

from __future__ import annotations

import socket
import struct
import sys
from threading import Thread

from tests.oracles.lab.resolver import CLUSTER_NAMES, ENCRYPTED, HEADER, ask, name_in
from tests.oracles.lab.topology import PUBLIC_RESOLVER

OWN = "127.0.0.1"
PATIENCE = 5.0


def failure(query: bytes) -> bytes:
    """SERVFAIL."""
    return query[:2] + struct.pack(">HHHHH", 0x8182, 1, 0, 0, 0) + query[HEADER:]


def ask_encrypted(query: bytes, resolver: str) -> bytes:
    """The reply over TCP; raises OSError when none comes in time."""
    with socket.create_connection((resolver, ENCRYPTED), PATIENCE) as connection:
        connection.sendall(struct.pack(">H", len(query)) + query)
        try:
            (length,) = struct.unpack(">H", connection.recv(2, socket.MSG_WAITALL))
        except struct.error as closed:
            raise OSError("closed without a reply") from closed
        return connection.recv(length, socket.MSG_WAITALL)


def reply(query: bytes, local: list[str]) -> bytes:
    name, _ = name_in(query)
    try:
        if local and name.endswith(CLUSTER_NAMES):
            return failure(query) if OWN in local else ask(query, local[0])
        return ask_encrypted(query, PUBLIC_RESOLVER)
    except OSError:
        return failure(query)


def serve(local: list[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind((OWN, 53))

        def answer(query: bytes, source: tuple[str, int]) -> None:
            listener.sendto(reply(query, local), source)

        while True:
            Thread(target=answer, args=listener.recvfrom(2048), daemon=True).start()


if __name__ == "__main__":
    serve(sys.argv[1:])
