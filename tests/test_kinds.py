"""Every kind of mistake is found however it is written, and what is right is not (tests/cases)."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from tests import libyaml
from tests.cases.forms import FORMS, NAME, SPELLINGS, Spec, config_maps
from tests.checkout import ROOT, take_turn
from tests.shipped import RULESET
from vpnlint.check import check
from vpnlint.results.finding import Finding
from vpnlint.ruleset.ruleset import Ruleset

KINDS: dict[str, Any] = libyaml.load((ROOT / "tests/cases/kinds.yaml").read_text(encoding="utf-8"))
CLIENT = {
    "name": NAME,
    "image": "ghcr.io/home-operations/qbittorrent:5.2.3@sha256:" + "ab" * 32,
}
CONF = "[BitTorrent]\nSession\\Interface={}\n\n[Meta]\nMigrationVersion=8\n"
FORM_AND_SPELLING = [
    *((form, "as it is") for form in FORMS),
    *((form, spelling) for spelling in list(SPELLINGS)[1:] for form in ("Deployment", "app-template 5.3")),
]


def overlaid(base: object, over: object) -> Any:  # noqa: ANN401  (YAML)
    """Return a value with another laid over it: mappings key by key, null takes a key away."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return copy.deepcopy(over)
    merged = {key: copy.deepcopy(value) for key, value in base.items() if over.get(key, value) is not None}
    for key, value in over.items():
        if value is not None:
            merged[key] = overlaid(merged.get(key), value)
    return merged


def pod_of(kind: dict[str, Any]) -> tuple[Spec, list[Spec]]:
    """Return the spec of the Pod that a kind describes, and the objects beside it."""
    base = KINDS["bases"][kind["base"]]
    vpn = overlaid(base["vpn"], kind.get("vpn", {}))
    env = overlaid(base["env"], kind.get("env", {}))
    vpn["env"] = [_variable(name, value) for name, value in env.items()]
    client = overlaid(CLIENT, kind.get("client", {}))
    client["env"] = [_variable(name, value) for name, value in client.get("env", {}).items()]
    spec = overlaid(base.get("pod", {}), kind.get("pod", {}))
    beside = [{"apiVersion": "v1", **item, "metadata": {"name": "rules"}} for item in kind.get("beside", [])]
    if "bound" in kind:
        mount = {
            "name": "conf",
            "mountPath": "/config/qBittorrent/qBittorrent.conf",
            "subPath": "qBittorrent.conf",
        }
        client["volumeMounts"] = [mount]
        spec["volumes"] = [*spec.get("volumes", []), {"name": "conf", "configMap": {"name": "conf"}}]
        data = {"qBittorrent.conf": CONF.format(kind["bound"])}
        beside.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf"}, "data": data})
    before = kind.get("first", base.get("first"))
    first = [before] if before else []
    place = kind.get("vpn-as", "")
    if not place:
        vpn["restartPolicy"] = "Always"
    early = first + ([] if place else [vpn])
    late = [vpn, client] if place == "ordinary-first" else [client, vpn] if place else [client]
    return {**spec, **({"initContainers": early} if early else {}), "containers": late}, beside


def _variable(name: str, value: object) -> Spec:
    return {"name": name, "valueFrom": value} if isinstance(value, dict) else {"name": name, "value": value}


def write(folder: Path, files: dict[str, list[Spec]]) -> None:
    for name, documents in files.items():
        path = (folder / name).resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(libyaml.dump_all(documents, sort_keys=False), encoding="utf-8")


def words(finding: Finding) -> str:
    return f"{finding.severity if finding.answer == 'deny' else 'doubt'} {finding.rule}"


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return RULESET


@pytest.mark.parametrize(("form", "spelling"), take_turn(FORM_AND_SPELLING, of=3))
def test_a_kind_is_found_in_every_form(
    form: str, spelling: str, ruleset: Ruleset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third of the forms by each commit; all by `make properties`."""
    monkeypatch.chdir(tmp_path)
    # Chart 2.x knows no native sidecars.
    native = form != "app-template 2"
    kinds = [kind for kind in KINDS["kinds"] if native or kind.get("vpn-as")]
    for kind in kinds:
        spec, beside = pod_of(kind)
        beside += config_maps(spec) if spelling == "from a ConfigMap" else []
        files = FORMS[form](SPELLINGS[spelling](spec))
        write(
            Path(kind["id"], "app"),
            {
                "beside.yaml": beside
                or [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "none"}}],
                **files,
            },
        )
    result = check(["."], ruleset)
    assert [str(problem) for problem in result.problems] == []
    said: dict[str, set[str]] = {kind["id"]: set() for kind in kinds}
    for finding in result.findings:
        said[Path(finding.span.file).parts[0]].add(words(finding))
    differ = {}
    for kind in kinds:
        wanted = set(kind["found"])
        found = {word for word in said[kind["id"]] if not word.startswith("notice ") or word in wanted}
        if found != wanted:
            differ[kind["id"]] = f"lacks {sorted(wanted - found)}, has {sorted(found - wanted)}"
    unknown = {
        Path(workload.file).parts[0]: workload.reason for workload in result.workloads if workload.reason
    }
    assert unknown == {}
    assert differ == {}
