"""Tests the containers of app-template 2 to 5."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts.app_template.derived import container, spec
from vpnlint.errors import UnknownChart


class TestEnv:
    def test_is_sorted_and_dependencies_come_first(self) -> None:
        assert container("env: {B: 1, A: {value: x, dependsOn: C}, C: true, D: null}")["env"] == [
            {"name": "B", "value": "1"},
            {"name": "C", "value": "true"},
            {"name": "A", "value": "x"},
            {"name": "D", "value": None},
        ]

    def test_a_circle_is_refused(self) -> None:
        with pytest.raises(UnknownChart, match="dependsOn of A, B"):
            container("env: {A: {value: x, dependsOn: B}, B: {value: x, dependsOn: A}}")

    def test_a_list_keeps_its_order(self) -> None:
        source = "{fieldRef: {fieldPath: status.podIP}}"
        assert container(f"env: [{{name: B, value: 1}}, {{name: A, valueFrom: {source}}}]")["env"] == [
            {"name": "B", "value": "1"},
            {"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        ]

    def test_numbers_are_written_as_go_does(self) -> None:
        env = container("env: {A: 1000000, B: 0.5, C: 51820}")["env"]
        assert [item["value"] for item in env] == ["1e+06", "0.5", "51820"]

    def test_templates_are_evaluated_where_the_chart_does(self) -> None:
        env = container('env: {A: "{{ .Release.Name }}", B: {valueFrom: {x: "{{ .Release.Name }}"}}}')["env"]
        assert env == [{"name": "A", "value": "tor"}, {"name": "B", "valueFrom": {"x": "tor"}}]
        (plain,) = container('env: {C: {secretKeyRef: {name: "{{ .Release.Name }}", key: k}}}')["env"]
        assert plain["valueFrom"] == {"secretKeyRef": {"name": "{{ .Release.Name }}", "key": "k"}}

    @pytest.mark.parametrize(
        ("item", "version", "expected"),
        [
            ('{secretRef: {name: "{{ .Release.Name }}-s"}}', "4.1.1", {"secretRef": {"name": "tor-s"}}),
            ("{configMapRef: {identifier: i}}", "4.1.1", {"configMapRef": {"name": "tor"}}),
            ("{configMapRef: {identifier: i}}", "3.7.3", {"configMapRef": {"name": "tor-i"}}),
            ("{configMap: i}", "4.1.1", {"configMapRef": {"name": "tor"}}),
            ("{secret: s}", "4.1.1", {"secretRef": {"name": "s"}}),
            ("{secret: s, prefix: P_}", "4.1.1", {"secretRef": {"name": "s"}, "prefix": "P_"}),
        ],
    )
    def test_env_from(self, item: str, version: str, expected: dict[str, Any]) -> None:
        made = container(f"envFrom: [{item}]", version, rest="configMaps: {i: {data: {a: b}}}\n")
        assert made["envFrom"] == [expected]

    def test_an_unknown_identifier_is_refused(self) -> None:
        with pytest.raises(UnknownChart, match="configMaps has no identifier 'i'"):
            container("envFrom: [{configMapRef: {identifier: i}}]")


class TestContainer:
    def test_fields_are_taken_over(self) -> None:
        body = (
            "command: /run, args: [-a, 1], workingDir: /w, resources: {limits: {squat.ai/tun: 1}}, ports: []"
        )
        assert container(body) == {
            "name": "app",
            "image": "r:t1",
            "command": ["/run"],
            "args": ["-a", 1],
            "workingDir": "/w",
            "resources": {"limits": {"squat.ai/tun": 1}},
        }

    @pytest.mark.parametrize(
        ("image", "expected"),
        [
            ("{repository: r, tag: 1.5}", "r:1.5"),
            ("{repository: r, tag: 1.5@sha256:0}", "r:1.5@sha256:0"),
            ("{repository: r, tag: v1, digest: sha256:0}", "r:v1@sha256:0"),
            ("{repository: r, digest: sha256:0}", "r@sha256:0"),
            ('{repository: r, tag: "{{ .Values.x }}"}', "r:7"),
            ("r:whole", "r:whole"),
        ],
    )
    def test_image(self, image: str, expected: str) -> None:
        text = f"controllers: {{c: {{containers: {{app: {{image: {image}}}}}}}}}\nx: 7\n"
        assert spec(text, "5.1.0")["containers"][0]["image"] == expected

    def test_no_image_is_refused(self) -> None:
        with pytest.raises(UnknownChart, match="image"):
            spec("controllers: {c: {containers: {app: {env: {A: b}}}}}")

    def test_order_by_dependency(self) -> None:
        text = """\
            controllers:
              c:
                containers: {a: {dependsOn: z, $IMAGE}, b: {$IMAGE}, z: {$IMAGE}, n: {enabled: false}}
            """
        assert [made["name"] for made in spec(text)["containers"]] == ["b", "z", "a"]

    def test_the_order_of_2_is_text(self) -> None:
        text = """\
            controllers: {main: {containers: {main: {$IMAGE}, a: {order: 10, $IMAGE}, b: {order: 2, $IMAGE}}}}
            service: {main: {enabled: false}}
            """
        assert [made["name"] for made in spec(text, "2.6.0")["containers"]] == ["main", "a", "b"]

    def test_a_native_sidecar_needs_3(self) -> None:
        text = """\
            controllers:
              main:
                containers: {main: {$IMAGE}}
                initContainers: {vpn: {$IMAGE, restartPolicy: Always}}
            """
        vpn = {"name": "vpn", "image": "r:t1"}
        assert spec(text, "3.0.0")["initContainers"] == [{**vpn, "restartPolicy": "Always"}]
        assert spec(text, "2.6.0")["initContainers"] == [vpn]

    @pytest.mark.parametrize(
        ("strategy", "version", "context", "args"),
        [
            ("overwrite", "4.1.1", {"b": False}, ["x"]),
            # sprig's merge takes false for empty.
            ("merge", "4.1.1", {"a": 1, "b": True}, ["x"]),
            ("overwrite", "3.3.2", {"b": False}, None),
        ],
    )
    def test_default_options(
        self, strategy: str, version: str, context: dict[str, Any], args: list[str] | None
    ) -> None:
        text = f"""\
            controllers:
              c:
                defaultContainerOptionsStrategy: {strategy}
                defaultContainerOptions: {{securityContext: {{a: 1, b: true}}, args: [x]}}
                containers: {{app: {{$IMAGE, securityContext: {{b: false}}, args: []}}}}
            """
        made = spec(text, version)["containers"][0]
        assert (made["securityContext"], made.get("args")) == (context, args)

    @pytest.mark.parametrize(("apply", "args"), [("true", ["x"]), ("false", None)])
    def test_default_options_of_init_containers(self, apply: str, args: list[str] | None) -> None:
        text = f"""\
            controllers:
              c:
                applyDefaultContainerOptionsToInitContainers: {apply}
                defaultContainerOptions: {{args: [x]}}
                containers: {{app: {{$IMAGE}}}}
                initContainers: {{first: {{$IMAGE}}}}
            """
        assert spec(text)["initContainers"][0].get("args") == args


class TestProbes:
    SERVICE = (
        "service: {app: {controller: c, ports: {bt: {port: 6881}, http: {port: 8080, primary: true}}}}\n"
    )

    def test_the_default_tests_the_primary_port(self) -> None:
        made = container("probes: {liveness: {enabled: true}, readiness: {}}", rest=self.SERVICE)
        assert made["livenessProbe"] == {
            "initialDelaySeconds": 0,
            "failureThreshold": 3,
            "timeoutSeconds": 1,
            "periodSeconds": 10,
            "tcpSocket": {"port": 8080},
        }
        assert "readinessProbe" not in made

    def test_without_a_service_there_is_none(self) -> None:
        assert "livenessProbe" not in container("probes: {liveness: {enabled: true}}")

    def test_http(self) -> None:
        probe = "{enabled: true, type: HTTP, path: /up, spec: {periodSeconds: 5}}"
        made = container(f"probes: {{readiness: {probe}}}", rest=self.SERVICE)["readinessProbe"]
        assert made["httpGet"] == {"path": "/up", "scheme": "HTTP", "port": 8080}
        assert made["periodSeconds"] == 5

    def test_custom(self) -> None:
        body = 'spec: {exec: {command: ["{{ .Release.Name }}"]}}'
        made = container(f"probes: {{startup: {{enabled: true, custom: true, {body}}}}}")
        assert made["startupProbe"] == {"exec": {"command": ["tor"]}}
        assert "startupProbe" not in container(
            f"probes: {{startup: {{enabled: false, custom: true, {body}}}}}"
        )
