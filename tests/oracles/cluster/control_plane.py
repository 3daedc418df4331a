"""etcd, the API server and Kyverno's admission controller as plain processes on loopback."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from tests import libyaml
from tests.oracles.cluster.client import Answer, Client, wait
from tests.oracles.cluster.programs import MODULE, module, program

_KYVERNO = "kyverno-svc.kyverno.svc.kyverno-tls"
_ENVIRONMENT = {
    "KYVERNO_NAMESPACE": "kyverno",
    "KYVERNO_POD_NAME": "kyverno-admission-controller-0",
    "KYVERNO_SERVICEACCOUNT_NAME": "kyverno-admission-controller",
    "KYVERNO_ROLE_NAME": "kyverno:admission-controller",
    "KYVERNO_SVC": "kyverno-svc",
    "KYVERNO_DEPLOYMENT": "kyverno-admission-controller",
    "INIT_CONFIG": "kyverno",
    "METRICS_CONFIG": "kyverno-metrics",
}
# So many requests are on their way at once.
_ASKING = 4
_BROKEN = {
    "apiVersion": "policies.kyverno.io/v1",
    "kind": "ValidatingPolicy",
    "metadata": {"name": "broken"},
    "spec": {
        "matchConstraints": {
            "resourceRules": [
                {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
            ]
        },
        "validations": [{"expression": "object.("}],
    },
}


class ControlPlane:
    """A Kubernetes API server with its etcd; the client is its administrator. Ends its processes when
    left."""

    def __init__(self, folder: Path) -> None:
        """Take an empty folder for data and logs."""
        self.folder = folder
        self.port = free_port()
        self.token = secrets.token_hex(16)
        self.client = Client(self.port, self.token)
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._stack = ExitStack()
        self._stack.callback(self.client.close)

    def __enter__(self) -> Self:
        """Start etcd and the API server, and install Flux's HelmRelease."""
        peers, clients = free_port(), free_port()
        etcd = f"http://127.0.0.1:{clients}"
        loopback = f"http://127.0.0.1:{peers}"
        try:
            self._start(
                "etcd",
                *("--data-dir", str(self.folder / "etcd"), "--unsafe-no-fsync", "--name", "default"),
                *("--listen-client-urls", etcd, "--advertise-client-urls", etcd),
                *("--listen-peer-urls", loopback, "--initial-advertise-peer-urls", loopback),
                *("--initial-cluster", f"default={loopback}", "--log-level", "error"),
            )
            self._start("kube-apiserver", *self._api_server(etcd))
            self._wait("the API server", self._ready)
            for crd in self._flux():
                self.apply(crd)
            wait(
                "HelmRelease",
                lambda: self.client.request("GET", "apis/helm.toolkit.fluxcd.io/v2/helmreleases").admitted,
            )
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process, the last one started first."""
        self._stack.close()

    def ask(self, documents: Sequence[dict[str, Any]]) -> list[Answer]:
        """Return what the API server says to the creation of each object, of which it keeps none."""

        def ask_some(start: int) -> list[Answer]:
            client = Client(self.port, self.token)
            try:
                return [client.create(one, dry_run=True) for one in documents[start::_ASKING]]
            finally:
                client.close()

        with ThreadPoolExecutor(_ASKING) as pool:
            answers = list(pool.map(ask_some, range(_ASKING)))
        return [answers[number % _ASKING][number // _ASKING] for number in range(len(documents))]

    def apply(self, document: dict[str, Any]) -> None:
        """Create an object, or replace the one of its name. Raises AssertionError with what the server
        says."""
        answer = self.client.create(document)
        if answer.status == 409:
            answer = self.client.replace(document)
        assert answer.admitted, f"{document['kind']} {document['metadata']['name']}: {answer.message}"

    def install_kyverno(self) -> None:
        """Create Kyverno's objects but its Deployments, and run its admission controller in their place."""
        manifest = module("github.com/kyverno/kyverno") / "config" / "install-latest-testing.yaml"
        objects = [item for item in yaml.load_all(manifest.read_text(), yaml.CSafeLoader) if item]
        for item in objects:
            if item["kind"] not in ("Deployment", "CronJob", "Job", "PodDisruptionBudget"):
                self.apply(item)
        kubeconfig = self.folder / "kubeconfig"
        kubeconfig.write_text(libyaml.dump(self._kubeconfig()))
        port = free_port()
        self._start(
            "kyverno",
            *("--kubeconfig", str(kubeconfig), "--serverIP", f"127.0.0.1:{port}"),
            *("--webhookServerHost", "127.0.0.1", "--webhookServerPort", str(port)),
            *("--caSecretName", f"{_KYVERNO}-ca", "--tlsSecretName", f"{_KYVERNO}-pair"),
            *("--metricsHost", "127.0.0.1", "--metricsPort", str(free_port())),
            "--controllerRuntimeMetricsAddress=0",
            **_ENVIRONMENT,
        )
        self._wait("Kyverno", self._refuses_broken_policies)

    def runs(self, name: str) -> bool:
        """Tell whether a program was started."""
        return name in self._processes

    def memory(self, name: str) -> float:
        """Return a program's resident memory in megabytes, as Linux has it."""
        status = Path(f"/proc/{self._processes[name].pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def log(self, name: str) -> str:
        """Return the end of what a program wrote."""
        return (self.folder / f"{name}.log").read_text(errors="replace")[-4000:]

    def _api_server(self, etcd: str) -> list[str]:
        tokens, key = self.folder / "tokens.csv", self.folder / "service-account.key"
        tokens.write_text(f"{self.token},admin,admin,system:masters\n")
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        return [
            *(
                "--etcd-servers",
                etcd,
                "--secure-port",
                str(self.port),
                "--cert-dir",
                str(self.folder / "certificates"),
            ),
            *(
                "--bind-address",
                "127.0.0.1",
                "--advertise-address",
                "127.0.0.1",
                "--endpoint-reconciler-type",
                "none",
            ),
            *("--token-auth-file", str(tokens), "--authorization-mode", "RBAC", "--allow-privileged"),
            *("--service-account-key-file", str(key), "--service-account-signing-key-file", str(key)),
            *("--service-account-issuer", "https://127.0.0.1", "--service-cluster-ip-range", "10.96.0.0/16"),
            *("--disable-admission-plugins", "ServiceAccount"),
        ]

    def _flux(self) -> list[dict[str, Any]]:
        """Return Flux's CustomResourceDefinition of HelmRelease, as its own generator makes it of its own
        types."""
        folder = self.folder / "crds"
        command = [
            program("controller-gen"),
            "crd",
            "paths=github.com/fluxcd/helm-controller/api/v2",
            f"output:crd:dir={folder}",
        ]
        subprocess.run([str(part) for part in command], cwd=MODULE, check=True, capture_output=True)
        return [yaml.load(path.read_text(), yaml.CSafeLoader) for path in sorted(folder.iterdir())]

    def _ready(self) -> bool:
        try:
            return self.client.request("GET", "readyz").admitted
        except OSError:
            return False

    def _refuses_broken_policies(self) -> bool:
        """Tell whether Kyverno judges policies: it registers for them before its certificate is in use."""
        return "denied the request" in self.client.create(_BROKEN, dry_run=True).message

    def _kubeconfig(self) -> dict[str, Any]:
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [
                {
                    "name": "test",
                    "cluster": {"server": f"https://127.0.0.1:{self.port}", "insecure-skip-tls-verify": True},
                }
            ],
            "users": [{"name": "test", "user": {"token": self.token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        }

    def _start(self, name: str, *arguments: str, **environment: str) -> None:
        command = program(name)
        assert command is not None
        log = self._stack.enter_context((self.folder / f"{name}.log").open("wb"))
        self._processes[name] = subprocess.Popen(
            [command, *arguments], stdout=log, stderr=log, env={**os.environ, **environment}
        )
        self._stack.callback(_end, self._processes[name])

    def _wait(self, what: str, condition: Callable[[], object]) -> None:
        """Return once the condition is met. Raises RuntimeError where a program ended, TimeoutError as `wait`
        does."""

        def met() -> object:
            for name, process in self._processes.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{what}: {name} ended with {process.returncode}: {self.log(name)}")
            return condition()

        wait(what, met)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """Return a port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
