"""The leak lab: real VPN and torrent programs in network namespaces, and what packets they really send."""
