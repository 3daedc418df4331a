"""vpnlint: can a torrent client's packet ever leave outside its VPN, and when?"""

__version__ = "0.1.0"
