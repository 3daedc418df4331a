"""Tests the versions, controllers and places of derived values of app-template 2 to 5."""

from __future__ import annotations

import pytest

from tests.charts.app_template.derived import ONE, controllers, field, place, pod, spec, values
from vpnlint.charts.app_template.scope import NEWEST, resolve_version
from vpnlint.errors import UnknownChart


class TestPlaces:
    def test_env_mapping(self) -> None:
        text = """\
            controllers:
              c:
                containers:
                  app:
                    $IMAGE
                    env:
                      FIREWALL: false
            """
        variable = field(pod(text), "spec", "containers", 0, "env", 0)
        assert variable.to_plain() == {"name": "FIREWALL", "value": "false"}
        assert place(field(variable, "name")) == (7, 11)
        assert place(field(variable, "value")) == (7, 21)
        assert field(variable, "value").path == ("controllers", "c", "containers", "app", "env", "FIREWALL")

    def test_env_list(self) -> None:
        text = """\
            controllers:
              c:
                containers:
                  app:
                    $IMAGE
                    env:
                      - name: A
                        value: 5
            """
        variable = field(pod(text), "spec", "containers", 0, "env", 0)
        assert variable.to_plain() == {"name": "A", "value": "5"}
        assert place(field(variable, "value")) == (8, 20)

    def test_an_image_is_where_its_tag_is(self) -> None:
        text = """\
            controllers:
              c:
                containers:
                  app:
                    image:
                      repository: r
                      tag: latest
            """
        image = field(pod(text), "spec", "containers", 0, "image")
        assert (image.value, place(image)) == ("r:latest", (7, 16))

    def test_an_alias_is_where_it_is_used(self) -> None:
        text = """\
            x: &port 80
            controllers:
              c:
                containers:
                  app:
                    $IMAGE
                    env:
                      PORT: *port
            """
        value = field(pod(text), "spec", "containers", 0, "env", 0, "value")
        assert (value.value, value.span.line) == ("80", 8)

    def test_a_merged_key_is_where_it_is_written(self) -> None:
        text = """\
            x: &shared
              TZ: UTC
            controllers:
              c:
                containers:
                  app:
                    $IMAGE
                    env:
                      <<: *shared
                      A: b
            """
        value = field(pod(text), "spec", "containers", 0, "env", 1, "value")
        assert (value.value, place(value)) == ("UTC", (2, 7))

    def test_volumes_mounts_and_options(self) -> None:
        text = """\
            defaultPodOptions:
              hostNetwork: true
            controllers:
              c:
                containers:
                  app:
                    $IMAGE
            persistence:
              tun:
                type: hostPath
                hostPath: /dev/net/tun
            """
        found = field(pod(text), "spec")
        assert place(field(found, "hostNetwork")) == (2, 16)
        assert place(field(found, "volumes", 0, "hostPath", "path")) == (11, 15)
        assert place(field(found, "containers", 0, "volumeMounts", 0, "mountPath")) == (11, 15)


class TestController:
    def test_kinds_and_names(self) -> None:
        text = """\
            controllers:
              a: &a {containers: {app: {$IMAGE}}}
              b: {<<: *a, type: daemonset}
              c: {<<: *a, type: cronjob, cronjob: {schedule: "@daily"}}
              d: {enabled: false}
              tor: {<<: *a, type: job}
            """
        made = [
            (field(item, "kind").value, field(item, "metadata", "name").value) for item in controllers(text)
        ]
        assert made == [("Deployment", "tor-a"), ("DaemonSet", "tor-b"), ("CronJob", "tor-c"), ("Job", "tor")]

    @pytest.mark.parametrize(
        ("overrides", "version", "name"),
        [
            ("global: {nameOverride: x}", "4.1.1", "tor-x"),
            ("global: {nameOverride: to}", "4.1.1", "tor"),
            ("global: {fullnameOverride: x}", "4.1.1", "x"),
            ("fullnameOverride: x", "4.1.1", "x"),
            ("nameOverride: x", "4.1.1", "tor"),
            ("", "2.6.0", "tor-c"),
        ],
    )
    def test_name_overrides(self, overrides: str, version: str, name: str) -> None:
        text = f"{ONE}{overrides}\n"
        if version == "2.6.0":
            text = "controllers: {main: {enabled: false}, c: {containers: {app: {$IMAGE}}}}\n"
        (controller,) = controllers(text, version)
        assert field(controller, "metadata", "name").value == name

    def test_jobs_do_not_restart(self) -> None:
        (controller,) = controllers("controllers: {c: {type: cronjob, containers: {app: {$IMAGE}}}}")
        policy = field(controller, "spec", "jobTemplate", "spec", "template", "spec", "restartPolicy")
        assert policy.value == "Never"

    def test_strategy_and_replicas(self) -> None:
        (controller,) = controllers(ONE)
        made = field(controller, "spec").to_plain()
        assert (made["replicas"], made["strategy"]) == (1, {"type": "Recreate"})

    def test_an_unknown_kind_is_refused(self) -> None:
        with pytest.raises(UnknownChart, match=r"controllers\.c\.type"):
            controllers("controllers: {c: {type: replicaset, containers: {app: {$IMAGE}}}}")

    def test_main_of_2_has_probes(self) -> None:
        text = """\
            controllers: {main: {containers: {main: {$IMAGE}}}}
            service: {main: {ports: {http: {port: 80}}}}
            """
        assert spec(text, "2.6.0")["containers"][0]["startupProbe"]["failureThreshold"] == 30
        assert spec(text, "3.0.0")["containers"][0] == {"name": "main", "image": "r:t1"}

    def test_nothing_defined_nothing_made(self) -> None:
        assert controllers("configMaps: {a: {data: {b: c}}}", "4.1.1") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3.7.3", (3, 7, 3)),
        ("v4.1.1", (4, 1, 1)),
        ("5.0.1@sha256:0a", (5, 0, 1)),
        ("3.x", (3, NEWEST, NEWEST)),
        ("4.*", (4, NEWEST, NEWEST)),
        ("2", (2, NEWEST, NEWEST)),
        ("^3.1.0", (3, NEWEST, NEWEST)),
        ("~3.1.0", (3, 1, NEWEST)),
        (">=3.0.0", (5, NEWEST, NEWEST)),
        ("", (5, NEWEST, NEWEST)),
        ("${VERSION}", (5, NEWEST, NEWEST)),
    ],
)
def test_version(text: str, expected: tuple[int, int, int]) -> None:
    assert resolve_version(text, values("controllers: {c: {}}")) == expected


def test_version_of_values_without_controllers() -> None:
    assert resolve_version("", values("image: {repository: r}"))[0] == 1


def test_a_fork_with_controllers_but_a_low_version_is_like_the_newest() -> None:
    assert resolve_version("0.0.14", values("controllers: {c: {}}"))[0] == 5
    assert resolve_version("0.0.14", values("image: {repository: r}"))[0] == 1


@pytest.mark.parametrize(
    ("version", "text"),
    [
        ("18.4.1", "image: {repository: r, tag: t1}"),
        ("18.4.1", "workload: {main: {}}"),
        ("3.7.3", "image: {repository: r, tag: t1}"),
    ],
)
def test_another_chart_of_the_name_is_refused(version: str, text: str) -> None:
    with pytest.raises(UnknownChart, match="not for bjw-s' app-template"):
        controllers(text, version)


def test_a_number_that_json_does_not_have_is_refused() -> None:
    with pytest.raises(UnknownChart, match="JSON"):
        controllers("controllers: {c: {containers: {app: {$IMAGE, env: {A: .inf}}}}}")
