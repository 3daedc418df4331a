"""A tracker over HTTP and UDP (BEP 3, 15, 23, 7) that knows one peer, the seed; and a web server for /web/….

It writes down who announced or fetched. What is fetched is a torrent that makes no traffic of its own.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from pathlib import Path
from typing import cast

from tests.oracles.lab import torrents
from tests.oracles.lab.records import Records
from tests.oracles.lab.topology import SWARM, SWARM6

PORT = 6969
SEED_PORT = 6881
INTERVAL, MINIMUM_INTERVAL = 5, 2
CONNECTION = 0x1234567890


def seed_for(source: str) -> bytes:
    """The seed's compact address, in the family of who asks."""
    family, address = (socket.AF_INET6, SWARM6) if ":" in source else (socket.AF_INET, SWARM)
    return socket.inet_pton(family, address) + struct.pack(">H", SEED_PORT)


class Http:
    """Answers one request per connection."""

    def __init__(self, records: Records) -> None:
        self.records = records

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)).decode("latin-1")
            await self._reply(head.split(" ", 2)[1], writer)
        except (asyncio.IncompleteReadError, TimeoutError, ConnectionError, OSError):
            return
        finally:
            writer.close()

    async def _reply(self, path: str, writer: asyncio.StreamWriter) -> None:
        source = writer.get_extra_info("peername")[0]
        if path.startswith("/announce"):
            self.records.write("announce", source, protocol="http")
            key = b"peers6" if ":" in source else b"peers"
            peers = seed_for(source)
            body = b"d8:intervali%de12:min intervali%de" % (INTERVAL, MINIMUM_INTERVAL)
            body += b"%d:%s%d:%se" % (len(key), key, len(peers), peers)
        else:
            self.records.write("web", source, path=path)
            body = torrents.without_swarm(path)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-bittorrent\r\nConnection: close\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()


class Udp(asyncio.DatagramProtocol):
    """BEP 15: connect, then announce."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # The event loop's own class is no asyncio.DatagramTransport.
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        if len(data) < 16:
            return
        action, transaction = struct.unpack(">II", data[8:16])
        if action == 0:
            self.transport.sendto(struct.pack(">IIQ", 0, transaction, CONNECTION), address)
        elif action == 1:
            self.records.write("announce", address[0], protocol="udp")
            answer = struct.pack(">IIIII", 1, transaction, INTERVAL, 0, 1) + seed_for(address[0])
            self.transport.sendto(answer, address)


async def _serve(records: Records) -> None:
    http = Http(records)
    loop = asyncio.get_running_loop()
    for address in (SWARM, SWARM6):
        await asyncio.start_server(http.answer, address, PORT)
        await loop.create_datagram_endpoint(lambda: Udp(records), (address, PORT))
    await asyncio.Event().wait()


def serve(file: Path) -> None:
    """Answer until the process ends; who came is written to `file`."""
    asyncio.run(_serve(Records(file)))
