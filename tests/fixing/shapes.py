"""Manifests of a VPN and a client in the shapes that people write."""

from __future__ import annotations

from pathlib import Path

SWITCH = "FIREWALL_ENABLED_DISABLING_IT_SHOOTS_YOU_IN_YOUR_FOOT"
IMAGE = "ghcr.io/qdm12/gluetun:v3.41.1"
CLIENT = "lscr.io/linuxserver/transmission:4.0.6"
DEPLOYMENT = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: torrents, namespace: media}}
spec:
  strategy: {{type: Recreate}}
  selector: {{matchLabels: {{app: torrents}}}}
  template:
    metadata: {{labels: {{app: torrents}}}}
    spec:
      initContainers:
        - name: gluetun
          image: {IMAGE}
          restartPolicy: Always
          env:
            - name: VPN_TYPE
              value: openvpn
          startupProbe: {{exec: {{command: [/gluetun-entrypoint, healthcheck]}}}}
          securityContext: {{capabilities: {{add: [NET_ADMIN]}}}}
          resources: {{limits: {{squat.ai/tun: "1"}}}}
      containers:
        - name: transmission
          image: {CLIENT}
"""
OFF = f"            - {{name: {SWITCH}, value: 'off'}}\n"
RELEASE = f"""\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: torrents, namespace: media}}
spec:
  chart: {{spec: {{chart: app-template, version: 4.1.1, sourceRef: {{kind: HelmRepository, name: bjw-s}}}}}}
  values:
    controllers:
      main:
        initContainers:
          gluetun:
            image: {{repository: ghcr.io/qdm12/gluetun, tag: v3.41.1}}
            restartPolicy: Always
            env:
              VPN_TYPE: openvpn
              {SWITCH}: off
            probes:
              startup: {{enabled: true, custom: true, spec: {{exec: {{command: [/gluetun-entrypoint, healthcheck]}}}}}}
            securityContext: {{capabilities: {{add: [NET_ADMIN]}}}}
            resources: {{limits: {{squat.ai/tun: "1"}}}}
        containers:
          app:
            image: {{repository: lscr.io/linuxserver/transmission, tag: 4.0.6}}
"""
USERSPACE = RELEASE.replace(
    "ghcr.io/qdm12/gluetun, tag: v3.41.1", "tailscale/tailscale, tag: v1.102.3"
).replace(
    f"              VPN_TYPE: openvpn\n              {SWITCH}: off\n",
    "              TS_EXTRA_ARGS: --exit-node=100.64.0.7\n",
)


def written(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).write_text(text, encoding="utf-8")
