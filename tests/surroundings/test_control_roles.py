"""Tests whether a file of roles lets anybody stop Gluetun's VPN."""

from __future__ import annotations

import pytest

from tests.surroundings.stand_ins import objects, pod
from vpnlint.surroundings.control_roles import find_control_roles

SPEC = """{containers: [{name: gluetun, image: qmcgaw/gluetun:v3.41.3, ENV, volumeMounts: [
  {name: auth, mountPath: /gluetun/auth}]}], volumes: [{name: auth, VOLUME}]}"""
CONFIG = "configMap: {name: auth}"


def roles(text: str, volume: str = CONFIG, env: str = "env: []") -> list[str]:
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    config = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: auth, namespace: downloads}\n"
        f"data:\n  config.toml: |\n{lines}"
    )
    spec = SPEC.replace("VOLUME", volume).replace("ENV", env)
    return [entry["opens"] for entry in find_control_roles(pod(spec), objects(config))]


@pytest.mark.parametrize(
    ("role", "opens"),
    [
        ('routes = ["PUT /v1/vpn/status"]\nauth = "none"', "yes"),
        ('routes = ["GET /v1/publicip/ip", "PUT /v1/vpn/settings"]\nauth = "none"', "yes"),
        ('routes = ["GET /v1/publicip/ip"]\nauth = "none"', "no"),
        ('routes = ["PUT /v1/vpn/status"]\nauth = "apikey"\napikey = "abc"', "no"),
        ('routes = ["GET /v1/publicip/ip"]\nauth = "${AUTH}"', "unknown"),
        ("routes = [", "unknown"),
    ],
)
def test_a_role_opens_the_server_or_does_not(role: str, opens: str) -> None:
    assert roles(f"[[roles]]\n{role}") == [opens]


def test_a_file_elsewhere_counts_where_the_variable_names_it() -> None:
    role = '[[roles]]\nroutes = ["PUT /v1/vpn/status"]\nauth = "none"'
    variable = "env: [{name: HTTP_CONTROL_SERVER_AUTH_CONFIG_FILEPATH, value: /elsewhere/roles.toml}]"
    assert roles(role, env=variable) == []


def test_what_a_secret_holds_is_not_read() -> None:
    assert roles("", "secret: {secretName: auth}") == []
