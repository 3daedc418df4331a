"""Which programs the lab needs, which are missing, and the versions of those that ran."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.checkout import ROOT
from tests.oracles.lab import suite

TUN = Path("/dev/net/tun")
# Program → Debian package
DEBIAN = {
    "curl": "curl",
    "deluged": "deluged",
    "dnsmasq": "dnsmasq-base",
    "ip": "iproute2",
    "ip6tables-restore": "iptables",
    "nft": "nftables",
    "openssl": "openssl",
    "openvpn": "openvpn",
    "qbittorrent-nox": "qbittorrent-nox",
    "ss": "iproute2",
    "sysctl": "procps",
    "transmission-daemon": "transmission-daemon",
    "transmission-remote": "transmission-cli",
    "unshare": "util-linux",
    "wg": "wireguard-tools",
    "wireguard-go": "wireguard-go",
}
SEED = "python3-libtorrent"
# Its name in Debian 12 and from 13 on
LIBTORRENT = ("libtorrent-rasterbar2.0", "libtorrent-rasterbar2.0t64")
# Go module under tools/ → its programs
BUILT = {"tailscale": ("containerboot", "tailscale", "tailscaled"), "headscale": ("headscale",)}


@cache
def built(program: str) -> Path:
    """Where tools/build puts that program, whether it is there or not."""
    (module,) = (module for module, programs in BUILT.items() if program in programs)
    build = ROOT / "tools/build"
    done = subprocess.run([build, "--path", module], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip()) / program


def missing() -> list[str]:
    """Everything without which no scenario runs; empty when the lab can run."""
    lacking = [] if os.geteuid() == 0 else ["root"]
    lacking += [] if TUN.is_char_device() else [str(TUN)]
    lacking += [program for program in DEBIAN if not shutil.which(program)]
    return lacking + ([] if package_version(SEED) else [SEED])


def missing_newer_clients() -> str:
    """The folder that the scenarios of newer clients lack, or nothing."""
    return "" if suite.folder().is_dir() else str(suite.folder())


def missing_for_tailscale() -> list[str]:
    """What the Tailscale scenarios lack besides."""
    if not shutil.which("go"):
        return ["go"]
    programs = [program for module in BUILT.values() for program in module]
    return [program for program in programs if not os.access(built(program), os.X_OK)]


@cache
def package_version(package: str, root: Path = Path("/")) -> str:
    """The installed version of a Debian package; empty when it is not installed, or this is no Debian."""
    if not shutil.which("dpkg-query"):
        return ""
    command = [
        "dpkg-query",
        f"--admindir={root}/var/lib/dpkg",
        "-W",
        "-f",
        "${db:Status-Status} ${Version}",
        package,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    status, _, version = done.stdout.partition(" ")
    return version if status == "installed" else ""


@cache
def module_version(module: str, path: str) -> str:
    """The version that tools/MODULE/go.mod requires of a Go module."""
    found = re.search(rf"{re.escape(path)} (v\S+)", (ROOT / "tools" / module / "go.mod").read_text())
    return found[1] if found else ""


def versions(client: Mapping[str, Any], tunnel: str) -> dict[str, str]:
    """The programs that a scenario of that client over that kind of tunnel exercises."""
    packages = {
        "curl": "curl",
        "names": "libc-bin",
        "deluge": "deluged",
        "qbittorrent": "qbittorrent-nox",
        "transmission": "transmission-daemon",
    }
    program = packages[client["program"]]
    root = suite.folder() if "suite" in client else Path("/")
    found = {"linux": platform.release(), program: package_version(program, root)}
    if client["program"] in ("deluge", "qbittorrent"):
        libraries = (package_version(name, root) for name in LIBTORRENT)
        found["libtorrent-rasterbar"] = next(filter(None, libraries), "")
    if tunnel in ("tailscale", "containerboot"):
        found["tailscale"] = module_version("tailscale", "tailscale.com")
        found["headscale"] = module_version("headscale", "github.com/juanfont/headscale")
        return found
    if tunnel == "openvpn":
        return {**found, "openvpn": package_version("openvpn")}
    found["wireguard-go"] = package_version("wireguard-go")
    if tunnel == "pod-gateway":
        found["dnsmasq"] = package_version("dnsmasq-base")
        found["pod-gateway"] = "v1.13.0 (its rules, transcribed)"
    if tunnel == "gluetun-replay":
        found["gluetun"] = "v3.41.1 (its rules, replayed)"
    if tunnel == "gluetun-captured":
        found["gluetun"] = "v3.40.4 and v3.41.3 (rules and resolv.conf replayed, its resolver a stand-in)"
    return found
