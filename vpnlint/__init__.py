"""Vpnlint says whether a torrent client's packet can ever leave outside its VPN, and when."""

__version__ = "0.1.0"
