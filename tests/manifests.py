"""Manifests that tests of several stages begin with."""

from __future__ import annotations

# A torrent client without any VPN.
UNGUARDED = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: qbittorrent
spec:
  template:
    spec:
      containers:
        - name: qbittorrent
          image: ghcr.io/home-operations/qbittorrent:5.1.2
"""
# The same as a Pod.
UNGUARDED_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: qbittorrent
spec:
  containers:
    - name: qbittorrent
      image: ghcr.io/home-operations/qbittorrent:5.1.2
"""
