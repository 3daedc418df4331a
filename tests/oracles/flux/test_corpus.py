"""What is applied of the corpus, object by object, is what flate resolved of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.checkout import CORPUS, EVERYTHING, needs_corpus, take_turn
from tests.gitops.repositories import plain
from vpnlint.check import list_objects
from vpnlint.source.document import Document, parse_documents

pytestmark = needs_corpus

# What flate 0.6.5 writes where only a Secret knows a variable.
PLACEHOLDER = "PLACEHOLDER_"
TWICE = (
    "flate takes the Kustomization as its file has it, in flux-system, beside the one that its parent's kustomization puts into "
    "another namespace; only that one is applied, and has the patches of the Kustomization above it"
)
SECRET = "a Secret in substituteFrom may hold the variable, so vpnlint keeps the expression; flate takes its default, or nothing"
NFS = ".values.persistence"
MAIN = ".values.controllers.main.containers.main.env"
OTHER_START = "flate began below the Kustomization whose patch gives each child its substituteFrom"
# Repository and object → why, and the fields in which the two differ.
OTHERWISE = {
    ("ehellman__homelab-cluster", "qbittorrent"): (TWICE, ".install .rollback .upgrade"),
    ("ehellman__homelab-cluster", "radarr"): (TWICE, ".install .rollback .upgrade"),
    ("ehellman__homelab-cluster", "sonarr"): (TWICE, ".install .rollback .upgrade"),
    ("eleboucher__homelab", "qbittorrent"): (TWICE, ".install .maxHistory .rollback .timeout .upgrade"),
    ("m00nwtchr__homelab-cluster", "blocky"): (
        SECRET,
        ".values.persistence.postgres-certs.volumeSpec.csi.volumeAttributes.csi.cert-manager.io/common-name",
    ),
    ("m00nwtchr__homelab-cluster", "slskd"): (SECRET, ".values.configMaps.config.data.update-port.sh"),
    ("qlonik__musical-parakeet", "unpackerr"): (OTHER_START, f"{MAIN}.TZ"),
    ("qlonik__musical-parakeet", "lazylibrarian"): (
        OTHER_START,
        f"{MAIN}.DOCKER_MODS {MAIN}.TZ .values.ingress.main.hosts[0].host .values.ingress.main.tls[0].hosts[0]",
    ),
    ("willianpaixao__homelab", "qbittorrent"): (
        OTHER_START,
        f".values.controllers.qbittorrent.containers.app.env.TZ {NFS}.downloads.server {NFS}.movies.server {NFS}.series.server",
    ),
}


def identity(thing: dict[str, Any]) -> tuple[str, str]:
    return thing["kind"], thing["metadata"]["name"]


def lies_in(one: str, other: str) -> bool:
    """Tell whether two namespaces may be one: a Kustomization outside the repository may give what has
    none."""
    return one == other or "" in (one, other)


def differences(ours: Any, flate: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401  (JSON of any shape)
    """Yield the paths at which an object differs from flate's, but for variables that only a Secret holds."""
    if isinstance(flate, str) and PLACEHOLDER in flate:
        if not isinstance(ours, str) or "${" not in ours:
            yield path
    elif isinstance(ours, dict) and isinstance(flate, dict):
        for key in sorted({*ours, *flate}):
            if key in ours and key in flate:
                yield from differences(ours[key], flate[key], f"{path}.{key}")
            else:
                yield f"{path}.{key}"
    elif isinstance(ours, list) and isinstance(flate, list) and len(ours) == len(flate):
        for index, (one, other) in enumerate(zip(ours, flate, strict=True)):
            yield from differences(one, other, f"{path}[{index}]")
    elif type(ours) is not type(flate) or ours != flate:
        yield path


def test_the_applied_objects_are_those_that_flate_resolves() -> None:
    """Those in which the two differ, and every fourth of the others, other ones with the next commit;
    `make properties` takes all."""
    total = 0
    otherwise: dict[tuple[str, str], list[str]] = {}
    files = sorted((CORPUS / "applied").glob("*.yaml"))
    differing = {repository for repository, _ in OTHERWISE}
    alike = [file for file in files if file.stem not in differing]
    taken = take_turn(alike, of=4)
    for file in [file for file in files if file not in alike or file in taken]:
        nodes, _ = list_objects([str(CORPUS / "trees" / file.stem)])
        ours: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for thing in map(plain, nodes):
            if isinstance(thing.get("metadata"), dict) and "name" in thing["metadata"]:
                ours.setdefault(identity(thing), []).append(thing)
        for document in parse_documents(file.read_text(), str(file)):
            assert isinstance(document, Document)
            flate = plain(document.root)
            namespace = flate["metadata"].get("namespace", "")
            same = [
                thing
                for thing in ours.get(identity(flate), [])
                if lies_in(thing["metadata"].get("namespace", ""), namespace)
            ]
            assert same, f"{file.stem}: {identity(flate)} is not applied"
            total += 1
            differ = min((list(differences(thing["spec"], flate["spec"])) for thing in same), key=len)
            if differ:
                otherwise[file.stem, flate["metadata"]["name"]] = differ
    print(f"{total - len(otherwise)} of {total} objects as flate resolves them")
    assert total == 70 if EVERYTHING else total > 25
    assert otherwise == {key: fields.split() for key, (_, fields) in OTHERWISE.items()}
