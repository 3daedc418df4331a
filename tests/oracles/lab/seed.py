"""The seed: Debian's libtorrent, slow on purpose. Writes down who connected and to whom payload went.

Run by Debian's Python, which has the binding: `python3 seed.py RECORDS FOLDER TORRENT…`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import libtorrent  # type: ignore[import-not-found]  # Debian's binding; the development environment lacks it
from records import Records  # type: ignore[import-not-found]  # a sibling, as this is run as a script

ADDRESSES = ("203.0.113.10", "[2001:db8:3::10]")
BYTES_PER_SECOND = 150_000


def main(records: Records, folder: str, torrents: list[str]) -> None:
    session = libtorrent.session(
        {
            "listen_interfaces": ",".join(f"{address}:6881" for address in ADDRESSES),
            "enable_dht": False,
            "enable_lsd": False,
            "enable_upnp": False,
            "enable_natpmp": False,
            "upload_rate_limit": BYTES_PER_SECOND,
            "allow_multiple_connections_per_ip": True,
        }
    )
    handles = [
        session.add_torrent(
            {
                "ti": libtorrent.torrent_info(torrent),
                "save_path": folder,
                "flags": libtorrent.torrent_flags.seed_mode,
            }
        )
        for torrent in torrents
    ]
    sent: dict[tuple[str, int], int] = {}
    while True:
        for peer in [peer for handle in handles for peer in handle.get_peer_info()]:
            if peer.ip not in sent:
                records.write("peer", peer.ip[0])
            elif peer.total_upload > sent[peer.ip]:
                records.write("payload", peer.ip[0], bytes=peer.total_upload - sent[peer.ip])
            sent[peer.ip] = peer.total_upload
        time.sleep(0.3)


if __name__ == "__main__":
    main(Records(Path(sys.argv[1])), sys.argv[2], sys.argv[3:])
