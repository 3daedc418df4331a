"""Headscale in the isp's namespace: control server, relay and STUN of a tailnet without an internet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests import libyaml
from tests.oracles.lab.processes import run, start, wait_until
from tests.oracles.lab.programs import built
from tests.oracles.lab.topology import CONTROL, ISP_OF_VPN

ADDRESS = f"https://{ISP_OF_VPN}:443"
POLICY = {
    "acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"]}],
    "autoApprovers": {"exitNode": ["lab@"]},
}


class Headscale:
    """One control server with one user; every node's key comes from `key`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "headscale"
        self.folder.mkdir()
        self.certificate = self.folder / "certificate.pem"
        self.settings = self.folder / "config.yaml"

    def start(self) -> None:
        private = self.folder / "private.pem"
        request = [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
        ]
        request += [
            "-days",
            "2",
            "-subj",
            "/CN=lab",
            "-addext",
            f"subjectAltName=IP:{ISP_OF_VPN},DNS:{CONTROL}",
        ]
        # A client trusts the one certificate that SSL_CERT_FILE names, so it has to be its own authority.
        request += ["-addext", "basicConstraints=critical,CA:TRUE"]
        run(None, *request, "-keyout", str(private), "-out", str(self.certificate))
        policy = self.folder / "policy.json"
        policy.write_text(json.dumps(POLICY))
        self.settings.write_text(libyaml.dump(self._configuration(private, policy)))
        log = self.folder.parent / "headscale.log"
        start("isp", [str(built("headscale")), "serve", "--config", str(self.settings)], log)
        wait_until(lambda: "ID" in self._ask("users", "list", check=False), "headscale")
        self._ask("users", "create", "lab")

    def _configuration(self, private: Path, policy: Path) -> dict[str, Any]:
        relay = {"enabled": True, "region_id": 999, "region_code": "lab", "region_name": "lab"}
        relay |= {"stun_listen_addr": f"{ISP_OF_VPN}:3478", "ipv4": ISP_OF_VPN, "verify_clients": False}
        relay |= {"private_key_path": str(self.folder / "relay.key")}
        relay |= {"automatically_add_embedded_derp_region": True}
        return {
            "server_url": ADDRESS,
            "listen_addr": f"{ISP_OF_VPN}:443",
            "metrics_listen_addr": "127.0.0.1:9090",
            "grpc_listen_addr": "127.0.0.1:50443",
            "noise": {"private_key_path": str(self.folder / "noise.key")},
            "prefixes": {"v4": "100.64.0.0/10", "v6": "fd7a:115c:a1e0::/48", "allocation": "sequential"},
            "derp": {"server": relay, "urls": [], "paths": [], "auto_update_enabled": False},
            "disable_check_updates": True,
            "database": {"type": "sqlite", "sqlite": {"path": str(self.folder / "nodes.sqlite")}},
            "tls_cert_path": str(self.certificate),
            "tls_key_path": str(private),
            "policy": {"mode": "file", "path": str(policy)},
            "dns": {"magic_dns": True, "base_domain": "tailnet.lab", "override_local_dns": False},
            "unix_socket": str(self.folder / "headscale.sock"),
            "unix_socket_permission": "0770",
            "logtail": {"enabled": False},
        }

    def _ask(self, *arguments: str, check: bool = True) -> str:
        return run("isp", str(built("headscale")), "--config", str(self.settings), *arguments, check=check)

    def key(self) -> str:
        """A reusable key for the tailnet."""
        answer = self._ask("preauthkeys", "create", "--user", "1", "--reusable", "--expiration", "1h")
        return answer.strip().splitlines()[-1]

    def nodes(self) -> int:
        """How many nodes the tailnet has ever had."""
        return len(json.loads(self._ask("nodes", "list", "--output", "json")))
