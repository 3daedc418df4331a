"""Tests the Services of app-template."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts.app_template.derived import ONE, objects


def services(text: str, version: str = "4.1.1") -> list[dict[str, Any]]:
    return [node.to_plain() for node in objects(text, version) if node.text_at("kind") == "Service"]


def test_a_service_sends_to_its_controllers_pods() -> None:
    text = f"{ONE}service: {{app: {{controller: c, type: LoadBalancer, ports: {{web: {{port: 80, targetPort: 8080}}}}}}}}\n"
    (service,) = services(text)
    assert service["metadata"]["name"] == "tor"
    assert service["spec"] == {
        "type": "LoadBalancer",
        "selector": {
            "app.kubernetes.io/controller": "c",
            "app.kubernetes.io/name": "tor",
            "app.kubernetes.io/instance": "tor",
        },
        "ports": [{"name": "web", "port": 80, "protocol": "TCP", "targetPort": 8080}],
    }


def test_before_4_the_label_is_another() -> None:
    (service,) = services(
        f"{ONE}service: {{app: {{controller: c, ports: {{web: {{port: 80}}}}}}}}\n", "3.7.3"
    )
    assert "app.kubernetes.io/component" in service["spec"]["selector"]


@pytest.mark.parametrize(
    ("port", "protocol"),
    [("protocol: HTTPS", "TCP"), ("protocol: UDP", "UDP"), ("enabled: true", "TCP")],
)
def test_http_is_tcp(port: str, protocol: str) -> None:
    (service,) = services(f"{ONE}service: {{app: {{ports: {{web: {{port: 80, {port}}}}}}}}}\n")
    assert service["spec"]["ports"][0]["protocol"] == protocol


def test_what_is_disabled_is_not_made() -> None:
    text = (
        f"{ONE}service: {{off: {{enabled: false}}, app: {{ports: {{web: {{enabled: false, port: 80}}}}}}}}\n"
    )
    (service,) = services(text)
    assert service["spec"]["ports"] == []


def test_a_service_of_no_controller_is_left_out() -> None:
    two = "controllers: {a: {containers: {app: {$IMAGE}}}, b: {containers: {app: {$IMAGE}}}}\n"
    assert services(f"{two}service: {{app: {{ports: {{web: {{port: 80}}}}}}}}\n") == []
