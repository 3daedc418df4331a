"""Finds the secrets of a VPN that a Pod gets from a Secret or ConfigMap and that stand there unencrypted.

Of a Secret's values nothing is kept but whether one of them is such a secret. Sources: SOPS marks an object
by a key `sops` and its values by `ENC[`; wg-quick(8) and wg(8) for the form of a key; Tailscale's keys begin
with `tskey-` (tailscale.com/kb/1085/auth-keys). The names are those of rules/inline-vpn-secret.yaml.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Any

from vpnlint.gitops.objects import Objects
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node
from vpnlint.surroundings.mounted_files import find_mounted_files
from vpnlint.workloads.workload import Workload

_WIREGUARD = r"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="
_KEY = defer_pattern(_WIREGUARD)
_KEY_NAME = defer_pattern(r"PRIVATE_?KEY|PRESHARED_?KEY", re.IGNORECASE)
_KEY_LINE = defer_pattern(rf"^[ \t]*(?:PrivateKey|PresharedKey)[ \t]*=[ \t]*{_WIREGUARD}", re.MULTILINE)
_AUTH_KEY = defer_pattern(r"tskey-[a-z]+-[A-Za-z0-9]{4,}[A-Za-z0-9-]*")
_AUTH_KEY_PLACEHOLDER = defer_pattern(r"x{4}|replace|your", re.IGNORECASE)
_PASSWORD_NAMES = frozenset(
    ("OPENVPN_PASSWORD", "OPENVPN_PASS", "VPN_PORT_FORWARDING_PASSWORD", "VPN_PASS", "VPN_PASSWORD")
)
_PASSWORD = defer_pattern(r"[^<>{}*\s]{6,}")
_PLACEHOLDER = defer_pattern(
    r"redacted|change_?me|example|placeholder|password|secret|replace|your|x{3}|://|^ENC\[|\.\.\.",
    re.IGNORECASE,
)


def find_clear_secrets(workload: Workload, objects: Objects) -> list[dict[str, Any]]:
    """Return an entry for each value of an object that gives a container a secret in clear text.

    An entry holds the `container`, the `object` (`Secret NAME`), the `name` of the variable or key, and its
    `place`, in the form that vpnlint.judge.locate reads.
    """
    found = []
    for container in workload.containers:
        named = {(kind, name, key): shown for kind, name, key, shown in _list_uses(container, workload)}
        for (kind, name, key), shown in named.items():
            for path, value in _read_values(objects.find(kind, workload.namespace, name), key):
                if _is_secret(shown or path, value):
                    place = f"{kind}/{workload.namespace}/{name}/{path}"
                    about = {"name": shown or path.partition(".")[2], "place": place}
                    found.append(
                        {"container": container.text_at("name"), "object": f"{kind} {name}", **about}
                    )
        for file in find_mounted_files(container, workload, objects):
            if file.text is not None and _KEY_LINE.search(file.text.text):
                place = f"ConfigMap/{workload.namespace}/{file.config_map}/data.{file.key}#PrivateKey"
                about = {"object": f"ConfigMap {file.config_map}", "name": file.key, "place": place}
                found.append({"container": container.text_at("name"), **about})
    return found


def _list_uses(container: Node, workload: Workload) -> Iterator[tuple[str, str, str, str]]:
    """Yield the Secrets that a container takes values from: kind, name, key and variable, empty for any."""
    for variable in container.items("env"):
        reference = variable.get("valueFrom", "secretKeyRef")
        if reference is not None:
            name, key = reference.scalar_at("name"), reference.scalar_at("key")
            yield "Secret", name, key, variable.scalar_at("name")
    mounted = {mount.scalar_at("name") for mount in container.items("volumeMounts")}
    template = workload.template
    for volume in template.items("spec", "volumes") if template is not None else ():
        if volume.scalar_at("name") in mounted:
            projected = (item.get("secret") for item in volume.items("projected", "sources"))
            for source in (volume.get("secret"), *projected):
                if source is not None:
                    yield "Secret", source.scalar_at("secretName") or source.scalar_at("name"), "", ""


def _read_values(secret: Node | None, key: str) -> Iterator[tuple[str, str]]:
    """Yield the path and text of a value of a Secret, of each one if the key is empty; of SOPS's none."""
    if secret is None or "sops" in secret.map:
        return
    for field in ("stringData", "data"):
        for name, node in secret.fields(field).items():
            if key in ("", name):
                text = node.scalar_text
                yield f"{field}.{name}", text if field == "stringData" else _decode(text)


def _decode(text: str) -> str:
    try:
        return base64.b64decode(text, validate=False).decode("utf-8", "replace")
    except ValueError:
        return ""


def _is_secret(name: str, value: str) -> bool:
    """Tell whether a value is a key or password of a VPN, and no placeholder for one."""
    text = value.strip()
    if _KEY_LINE.search(text) or (_KEY.fullmatch(text) and _KEY_NAME.search(name)):
        return True
    if _AUTH_KEY.fullmatch(text):
        return _AUTH_KEY_PLACEHOLDER.search(text) is None
    is_password = name.rpartition(".")[2] in _PASSWORD_NAMES
    return is_password and _PASSWORD.fullmatch(text) is not None and not _PLACEHOLDER.search(text)
