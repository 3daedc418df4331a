"""Tests the Pod options, metadata and persistence of app-template 2 to 5."""

from __future__ import annotations

from typing import Any

import pytest

from tests.charts.app_template.derived import ONE, controllers, field, pod, spec
from vpnlint.errors import UnknownChart


class TestPersistence:
    @pytest.mark.parametrize(
        ("item", "volume"),
        [
            ("existingClaim: e", {"persistentVolumeClaim": {"claimName": "e"}}),
            ("size: 1Gi, accessMode: ReadWriteOnce", {"persistentVolumeClaim": {"claimName": "tor"}}),
            ("type: emptyDir, medium: Memory", {"emptyDir": {"medium": "Memory"}}),
            (
                "type: hostPath, hostPath: /h, hostPathType: File",
                {"hostPath": {"path": "/h", "type": "File"}},
            ),
            ("type: nfs, server: s, path: /p", {"nfs": {"server": "s", "path": "/p"}}),
            ("type: secret, name: s, defaultMode: 256", {"secret": {"secretName": "s", "defaultMode": 256}}),
            ('type: configMap, name: "{{ .Release.Name }}-x"', {"configMap": {"name": "tor-x"}}),
            ("type: configMap, identifier: i", {"configMap": {"name": "tor"}}),
            ("type: custom, volumeSpec: {csi: {driver: d}}", {"csi": {"driver": "d"}}),
            ("type: image, image: {repository: r, tag: t1}", {"image": {"reference": "r:t1"}}),
            (
                "type: ephemeral, size: 1Gi",
                {
                    "ephemeral": {
                        "volumeClaimTemplate": {"spec": {"resources": {"requests": {"storage": "1Gi"}}}}
                    }
                },
            ),
        ],
    )
    def test_types(self, item: str, volume: dict[str, Any]) -> None:
        text = (
            ONE
            + "configMaps: {i: {data: {a: b}}}\n"
            + "persistence: {v: {$ITEM}, off: {enabled: false}}\n".replace("$ITEM", item)
        )
        assert spec(text, "5.1.0")["volumes"] == [{"name": "v", **volume}]

    @pytest.mark.parametrize("version", ["4.1.1", "3.7.3", "2.6.0"])
    def test_several_claims(self, version: str) -> None:
        text = """\
            controllers: {main: {containers: {main: {$IMAGE}}}}
            persistence: {a: {size: 1Gi, accessMode: x}, b: {size: 1Gi, accessMode: x}}
            """
        volumes = spec(text, version)["volumes"]
        assert [volume["persistentVolumeClaim"]["claimName"] for volume in volumes] == ["tor-a", "tor-b"]

    def test_an_unknown_type_is_refused(self) -> None:
        with pytest.raises(UnknownChart, match=r"persistence\.v\.type is 'tape'"):
            spec(ONE + "persistence: {v: {type: tape}}\n")

    def test_mounts(self) -> None:
        text = ONE + (
            "persistence:\n"
            "  a: {type: emptyDir}\n"
            "  b: {type: emptyDir, globalMounts: [{path: /g, readOnly: true}, {subPath: s}]}\n"
            "  c: {type: emptyDir, advancedMounts: {c: {app: [{path: /x}], other: [{path: /y}]}}}\n"
            "  d: {type: emptyDir, advancedMounts: {other: {app: [{path: /x}]}}}\n"
        )
        made = spec(text)
        assert [volume["name"] for volume in made["volumes"]] == ["a", "b", "c"]
        assert made["containers"][0]["volumeMounts"] == [
            {"name": "a", "mountPath": "/a"},
            {"name": "b", "mountPath": "/g", "readOnly": True},
            # The chart reuses the path of the previous mount.
            {"name": "b", "mountPath": "/g", "subPath": "s"},
            {"name": "c", "mountPath": "/x"},
        ]

    def test_claim_templates(self) -> None:
        text = """\
            controllers:
              c:
                type: statefulset
                containers: {app: {$IMAGE}}
                statefulset:
                  volumeClaimTemplates: [{name: v, accessMode: x, size: 1Gi, globalMounts: [{path: /v}]}]
            """
        (controller,) = controllers(text)
        assert field(controller, "spec", "volumeClaimTemplates").to_plain() == [
            {
                "metadata": {"name": "v"},
                "spec": {"accessModes": ["x"], "resources": {"requests": {"storage": "1Gi"}}},
            }
        ]
        mounts = field(controller, "spec", "template", "spec", "containers", 0, "volumeMounts")
        assert mounts.to_plain() == [{"name": "v", "mountPath": "/v"}]


class TestPod:
    def test_defaults_by_version(self) -> None:
        old, new = spec(ONE, "4.1.1"), spec(ONE, "5.0.0")
        assert (old["automountServiceAccountToken"], old["serviceAccountName"]) == (True, "default")
        assert (new["automountServiceAccountToken"], new["serviceAccountName"]) == (False, "tor")
        for made in (old, new):
            assert {key: made[key] for key in ("enableServiceLinks", "hostNetwork", "dnsPolicy")} == {
                "enableServiceLinks": False,
                "hostNetwork": False,
                "dnsPolicy": "ClusterFirst",
            }

    def test_no_default_account_if_the_values_say_so(self) -> None:
        text = "global: {createDefaultServiceAccount: false}\n" + ONE
        assert spec(text, "5.0.0")["serviceAccountName"] == "default"

    @pytest.mark.parametrize(
        ("account", "version", "name"),
        [
            ("{create: true, name: own}", "3.7.3", "own"),
            ("{create: true}", "3.2.1", "tor"),
            ("{create: true, name: own}", "4.1.1", "default"),
            ("{own: {}}", "4.1.1", "own"),
            ("{own: {}}", "4.0.0", "default"),
        ],
    )
    def test_service_account(self, account: str, version: str, name: str) -> None:
        assert spec(f"serviceAccount: {account}\n{ONE}", version)["serviceAccountName"] == name

    @pytest.mark.parametrize(
        ("strategy", "version", "expected"),
        [
            ("overwrite", "4.1.1", {"runAsUser": 0}),
            ("merge", "4.1.1", {"runAsUser": 7, "fsGroup": 2}),
            ("merge", "3.7.3", {"runAsUser": 0}),
        ],
    )
    def test_security_context(self, strategy: str, version: str, expected: dict[str, int]) -> None:
        text = f"""\
            defaultPodOptionsStrategy: {strategy}
            defaultPodOptions: {{securityContext: {{runAsUser: 7, fsGroup: 2}}}}
            controllers:
              c: {{pod: {{securityContext: {{runAsUser: 0}}}}, containers: {{app: {{$IMAGE}}}}}}
            """
        assert spec(text, version)["securityContext"] == expected

    def test_the_host_network_changes_dns(self) -> None:
        made = spec("defaultPodOptions: {hostNetwork: true}\n" + ONE)
        assert (made["hostNetwork"], made["dnsPolicy"]) == (True, "ClusterFirstWithHostNet")

    def test_labels_and_annotations(self) -> None:
        text = """\
            defaultPodOptions: {labels: {a: x, b: x}, annotations: {d: x}}
            controllers: {c: {pod: {labels: {b: z}, annotations: {e: z}}, containers: {app: {$IMAGE}}}}
            secrets: {s: {stringData: {a: b}}}
            """
        selector = {
            "app.kubernetes.io/controller": "c",
            "app.kubernetes.io/name": "tor",
            "app.kubernetes.io/instance": "tor",
        }
        metadata = field(pod(text), "metadata").to_plain()
        assert metadata["labels"] == {**selector, "a": "x", "b": "z"}
        assert metadata["annotations"] == {"d": "x", "e": "z", "checksum/secrets": "{{ sha256sum }}"}
        # Since 4.6.0 at the latest, both follow the strategy, which overwrites.
        assert field(pod(text, "5.1.0"), "metadata", "labels").to_plain() == {**selector, "b": "z"}

    @pytest.mark.parametrize(("switch", "label"), [("true", "x"), ("false", None)])
    def test_global_metadata(self, switch: str, label: str | None) -> None:
        text = f"global: {{labels: {{g: x}}, propagateGlobalMetadataToPods: {switch}}}\n{ONE}"
        assert field(pod(text), "metadata", "labels").to_plain().get("g") == label

    def test_no_container_is_refused(self) -> None:
        with pytest.raises(UnknownChart, match="no enabled container"):
            controllers("controllers: {c: {containers: {app: {enabled: false}}}}")
