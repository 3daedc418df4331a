"""Tailscale's state put on a claim, in a chart's values and in a Pod."""

from __future__ import annotations

import pytest

from tests.fixing.mending import Mender
from tests.fixing.shapes import USERSPACE, written

LOSES_STATE = USERSPACE.replace(
    "              TS_EXTRA_ARGS: --exit-node=100.64.0.7\n",
    '              TS_EXTRA_ARGS: --exit-node=100.64.0.7\n              TS_USERSPACE: "false"\n'
    '              TS_KUBE_SECRET: ""\n',
)
CLAIM = """\
    persistence:
      tailscale-state:
        type: persistentVolumeClaim
        accessMode: ReadWriteOnce
        size: 1Gi
        advancedMounts:
          main:
            gluetun:
              - path: /var/lib/tailscale
"""


def test_app_template_makes_the_claim_that_keeps_a_state(mender: Mender) -> None:
    written({"a.yaml": LOSES_STATE})
    outcome = mender.mend(lambda finding: finding.rule == "ephemeral-vpn-state")
    secret = '              TS_KUBE_SECRET: ""\n'
    made = LOSES_STATE.replace(secret, f"{secret}              TS_STATE_DIR: /var/lib/tailscale\n") + CLAIM
    assert outcome.texts == {"a.yaml": made}, outcome.unfixed


def test_an_empty_folder_of_app_template_becomes_a_claim(mender: Mender) -> None:
    folder = LOSES_STATE.replace(
        '              TS_KUBE_SECRET: ""\n',
        '              TS_KUBE_SECRET: ""\n              TS_STATE_DIR: /state\n',
    )
    before = (
        "    persistence:\n      keep:\n        # tailscaled's\n        type: emptyDir\n        medium: Memory\n"
        "        globalMounts: [{path: /state}]\n"
    )
    after = (
        "    persistence:\n      keep:\n        # tailscaled's\n        type: persistentVolumeClaim\n"
        "        globalMounts: [{path: /state}]\n        accessMode: ReadWriteOnce\n        size: 1Gi\n"
    )
    written({"a.yaml": folder + before})
    outcome = mender.mend(lambda finding: finding.rule == "ephemeral-vpn-state")
    assert outcome.texts == {"a.yaml": folder + after}, outcome.unfixed


STATE = """\
apiVersion: v1
kind: Pod
metadata: {name: torrents}
spec:
  initContainers:
    - name: tailscale
      image: tailscale/tailscale:v1.102.3
      restartPolicy: Always
      env:
        - {name: TS_USERSPACE, value: "false"}
        - {name: TS_KUBE_SECRET, value: ""}
        - {name: TS_STATE_DIR, value: /state}
      volumeMounts:
        - {name: state, mountPath: /state}
      securityContext: {privileged: true}
  containers:
    - name: transmission
      image: lscr.io/linuxserver/transmission:4.0.6
  volumes:
    - name: state
      emptyDir: {}  # lost
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("emptyDir: {}  # lost", "persistentVolumeClaim:\n        claimName: state  # lost"),
        (
            "emptyDir:\n        medium: Memory\n        sizeLimit: 1Mi",
            "persistentVolumeClaim:\n        claimName: state",
        ),
    ],
)
def test_an_empty_folder_of_a_pod_becomes_a_claim(before: str, after: str, mender: Mender) -> None:
    text = STATE.replace("emptyDir: {}  # lost", before)
    written({"a.yaml": text})
    outcome = mender.mend(lambda finding: finding.rule == "ephemeral-vpn-state")
    assert outcome.texts == {"a.yaml": text.replace(before, after)}, outcome.unfixed


def test_a_folder_that_an_alias_shares_stays(mender: Mender) -> None:
    text = STATE.replace("    - name: state", "    - &state\n      name: state") + "x-also: *state\n"
    written({"a.yaml": text})
    outcome = mender.mend(lambda finding: finding.rule == "ephemeral-vpn-state")
    assert outcome.texts == {}
    (item,) = outcome.unfixed
    assert item.reason == "*state in line 23 stands for the same text, so an edit would change both"
