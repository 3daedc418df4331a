"""Calls to deluged, by Debian's Python with its rencode: `deluge_rpc.py PORT CALLS`.

CALLS is a JSON list, each of its items a list of a method and its arguments; the answers are printed as a
JSON list. To start Python takes longer than all that it then does, and deluge-console takes seconds. The
protocol is that of deluge/transfer.py and deluge/core/rpcserver.py, 2.0.3.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import sys
import zlib

import rencode  # type: ignore[import-not-found]  # Debian's; the development environment lacks it

HEADER = struct.Struct("!BI")
VERSION = 1
PATIENCE = 10
RESPONSE, ERROR = 1, 2

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


class Daemon:
    """A connection over TLS with the daemon's self-made certificate."""

    def __init__(self, port: int) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        plain = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.connection = context.wrap_socket(plain)
        self.number = 0
        self.call("daemon.login", ["lab", "lab"], {"client_version": "2.0.3"})

    def call(self, method: str, arguments: list[Json], named: dict[str, Json] | None = None) -> Json:
        """The method's result; what the daemon refuses is a RuntimeError."""
        self.number += 1
        request = zlib.compress(rencode.dumps(((self.number, method, arguments, named or {}),)))
        self.connection.sendall(HEADER.pack(VERSION, len(request)) + request)
        while True:
            kind, *rest = self._message()
            if kind in (RESPONSE, ERROR) and rest[0] == self.number:
                break
        if kind == ERROR:
            raise RuntimeError(f"{method}: {rest[1:]}")
        result: Json = rest[1]
        return result

    def _message(self) -> list[Json]:
        _, length = HEADER.unpack(self._read(HEADER.size))
        return list(rencode.loads(zlib.decompress(self._read(length)), decode_utf8=True))

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            more = self.connection.recv(length - len(data))
            if not more:
                raise ConnectionError("deluged hung up")
            data += more
        return data


if __name__ == "__main__":
    daemon = Daemon(int(sys.argv[1]))
    print(json.dumps([daemon.call(method, arguments) for method, *arguments in json.loads(sys.argv[2])]))
