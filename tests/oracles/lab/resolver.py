"""Resolvers that know the swarm's names and write down who asked which of them; other names do not exist.

Each answers over UDP at port 53, and over TCP at port 853 without TLS: who only watches packets can't tell
the difference, and no certificate is needed.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence
from pathlib import Path
from threading import Thread

from tests.oracles.lab.records import Records
from tests.oracles.lab.topology import CONTROL, HOME_ADDRESSES, ISP_OF_VPN, SWARM, TUNNEL_HOME, VPN

HEADER = 12
A = 1
ENDINGS = (".lab", ".example.org")
CLUSTER_NAMES = ".cluster.local"
# Short enough that a name's search domains and then the name itself are asked within a window
PATIENCE = 1.0
# A port for each protocol: resolv.conf leads to the first, a forwarder's encrypted upstream to the second.
PLAIN, ENCRYPTED = 53, 853
SENT_BY_THE_POD = HOME_ADDRESSES | {VPN, TUNNEL_HOME}


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
    known = name.endswith(ENDINGS)
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


def ask(query: bytes, resolver: str) -> bytes:
    """The reply of another resolver; raises OSError when none comes in time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(PATIENCE)
        asker.connect((resolver, PLAIN))
        asker.send(query)
        return asker.recv(2048)


class Resolver:
    """One resolver: its place (who it belongs to), and whom it asks for what it does not know itself."""

    def __init__(self, records: Records, place: str, address: str) -> None:
        self.records, self.place = records, place
        self.address, _, self.upstream = address.partition(":")

    def reply(self, query: bytes, source: str) -> bytes:
        """Write down who asked, and answer. What another resolver asks is not a contact with the home."""
        name, _ = name_in(query)
        asked = "dns" if source in SENT_BY_THE_POD else "forwarded"
        searched = CLUSTER_NAMES in name
        self.records.write(
            asked, source, name=name, place=f"{self.place}, searched" if searched else self.place
        )
        return ask(query, self.upstream) if self.upstream and not searched else answer(query)

    def serve_udp(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
            # The tunnel's own address may not be there yet.
            listener.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_FREEBIND", 15), 1)
            listener.bind((self.address, PLAIN))
            while True:
                query, source = listener.recvfrom(2048)
                Thread(target=self._answer_udp, args=(listener, query, source), daemon=True).start()

    def _answer_udp(self, listener: socket.socket, query: bytes, source: tuple[str, int]) -> None:
        try:
            listener.sendto(self.reply(query, source[0]), source)
        except OSError:
            return

    def serve_tcp(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_FREEBIND", 15), 1)
            listener.bind((self.address, ENCRYPTED))
            listener.listen(64)
            while True:
                connection, source = listener.accept()
                Thread(target=self._answer_tcp, args=(connection, source[0]), daemon=True).start()

    def _answer_tcp(self, connection: socket.socket, source: str) -> None:
        with connection:
            connection.settimeout(PATIENCE)
            try:
                (length,) = struct.unpack(">H", connection.recv(2, socket.MSG_WAITALL))
                reply = self.reply(connection.recv(length, socket.MSG_WAITALL), source)
                connection.sendall(struct.pack(">H", len(reply)) + reply)
            except (OSError, struct.error):
                return


def serve(file: Path, resolvers: Sequence[str]) -> None:
    """Be the resolvers of one namespace until the process ends; who asked is written to `file`.

    Each is PLACE=ADDRESS, or PLACE=ADDRESS:UPSTREAM for a cluster's: it asks UPSTREAM for every name but the
    cluster's own.
    """
    records, threads = Records(file), []
    for word in resolvers:
        place, _, address = word.partition("=")
        resolver = Resolver(records, place, address)
        threads += [Thread(target=serve) for serve in (resolver.serve_udp, resolver.serve_tcp)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
