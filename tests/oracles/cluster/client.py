"""A client of the Kubernetes API: plain data in, plain data out."""

from __future__ import annotations

import http.client
import json
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

# How many seconds anything may take on the busiest machine; no test waits so long unless something is broken.
LIMIT = 240
# kind → (API, resource, is it namespaced)
_RESOURCES = {
    "Namespace": ("api/v1", "namespaces", False),
    "Pod": ("api/v1", "pods", True),
    "Secret": ("api/v1", "secrets", True),
    "ConfigMap": ("api/v1", "configmaps", True),
    "Service": ("api/v1", "services", True),
    "ServiceAccount": ("api/v1", "serviceaccounts", True),
    "ReplicationController": ("api/v1", "replicationcontrollers", True),
    **{
        kind: ("apis/apps/v1", f"{kind.lower()}s", True)
        for kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet")
    },
    "Job": ("apis/batch/v1", "jobs", True),
    "CronJob": ("apis/batch/v1", "cronjobs", True),
    "HelmRelease": ("apis/helm.toolkit.fluxcd.io/v2", "helmreleases", True),
    "CustomResourceDefinition": ("apis/apiextensions.k8s.io/v1", "customresourcedefinitions", False),
    "ClusterRole": ("apis/rbac.authorization.k8s.io/v1", "clusterroles", False),
    "ClusterRoleBinding": ("apis/rbac.authorization.k8s.io/v1", "clusterrolebindings", False),
    "Role": ("apis/rbac.authorization.k8s.io/v1", "roles", True),
    "RoleBinding": ("apis/rbac.authorization.k8s.io/v1", "rolebindings", True),
    "ValidatingPolicy": ("apis/policies.kyverno.io/v1", "validatingpolicies", False),
    "ClusterPolicy": ("apis/kyverno.io/v1", "clusterpolicies", False),
    "ValidatingAdmissionPolicy": (
        "apis/admissionregistration.k8s.io/v1",
        "validatingadmissionpolicies",
        False,
    ),
    "ValidatingAdmissionPolicyBinding": (
        "apis/admissionregistration.k8s.io/v1",
        "validatingadmissionpolicybindings",
        False,
    ),
}


# A busy machine's answers: the API server is overloaded, or Kyverno did not answer it in time (its webhooks'
# timeout is 10 s).
_BUSY = {429, 503, 504}
_UNANSWERED = ("failed calling webhook", "context deadline exceeded", "request timed out")


@dataclass(frozen=True)
class Answer:
    """What the API server answered: the HTTP status, its object or Status, and its warnings."""

    status: int
    body: dict[str, Any]
    warnings: tuple[str, ...]

    @property
    def admitted(self) -> bool:
        """Whether the request was carried out."""
        return self.status < 300

    @property
    def busy(self) -> bool:
        """Whether this is no answer: somebody had no time to give one."""
        return self.status in _BUSY or (
            self.status == 500 and any(words in self.message for words in _UNANSWERED)
        )

    @property
    def message(self) -> str:
        """The message of a refusal."""
        return str(self.body.get("message", ""))


class Client:
    """Talks to one API server on loopback, by one connection that is kept."""

    def __init__(self, port: int, token: str) -> None:
        """Take the port, and a token that the server knows."""
        # The server makes its certificate itself, at each start; this is loopback.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=LIMIT)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def request(self, method: str, path: str, body: object = None, **query: str) -> Answer:
        """Send one request and return the answer; repeat it while the server or Kyverno is too busy to give
        one.

        Raises OSError where the server can't be reached.
        """
        ends = time.monotonic() + LIMIT
        while (answer := self._ask(method, path, body, query)).busy and time.monotonic() < ends:
            time.sleep(0.5)
        return answer

    def _ask(self, method: str, path: str, body: object, query: dict[str, str]) -> Answer:
        target = f"/{path}" + (f"?{urlencode(query)}" if query else "")
        payload = None if body is None else json.dumps(body)
        try:
            response, text = self._exchange(method, target, payload)
        except (http.client.RemoteDisconnected, ssl.SSLEOFError, ConnectionError):
            # The server closes a connection that nobody used for a while.
            response, text = self._exchange(method, target, payload)
        warnings = tuple(map(_warning, response.headers.get_all("Warning") or ()))
        try:
            answer = json.loads(text)
        except ValueError:
            answer = {"message": text.decode(errors="replace")}
        return Answer(response.status, answer if isinstance(answer, dict) else {}, warnings)

    def _exchange(
        self, method: str, target: str, payload: str | None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        try:
            self._connection.request(method, target, payload, self._headers)
            response = self._connection.getresponse()
            return response, response.read()
        except (http.client.HTTPException, OSError):
            self._connection.close()
            raise

    def create(self, document: dict[str, Any], *, dry_run: bool = False) -> Answer:
        """Create an object; on a dry run all of admission is asked and nothing is kept."""
        return self.request("POST", _path(document), document, **({"dryRun": "All"} if dry_run else {}))

    def replace(self, document: dict[str, Any], *, dry_run: bool = False) -> Answer:
        """Replace an object by this one, whatever its version is."""
        path = f"{_path(document)}/{document['metadata']['name']}"
        current = self.request("GET", path)
        version = current.body.get("metadata", {}).get("resourceVersion")
        metadata = {**document["metadata"], "resourceVersion": version}
        query = {"dryRun": "All"} if dry_run else {}
        return self.request("PUT", path, {**document, "metadata": metadata}, **query)

    def delete(self, document: dict[str, Any]) -> Answer:
        """Delete an object at once."""
        return self.request(
            "DELETE", f"{_path(document)}/{document['metadata']['name']}", gracePeriodSeconds="0"
        )

    def read(self, document: dict[str, Any]) -> Answer:
        """Return the object as the server has it."""
        return self.request("GET", f"{_path(document)}/{document['metadata']['name']}")


def _warning(header: str) -> str:
    """Return the text of a Warning header, `299 - "text"` (RFC 7234, 5.5)."""
    text = header.partition('"')[2].removesuffix('"')
    return text.replace('\\"', '"').replace("\\\\", "\\")


def _path(document: dict[str, Any]) -> str:
    api, resource, namespaced = _RESOURCES[document["kind"]]
    if namespaced:
        return f"{api}/namespaces/{document['metadata'].get('namespace', 'default')}/{resource}"
    return f"{api}/{resource}"


def wait(what: str | Callable[[], str], condition: Callable[[], object], limit: float = LIMIT) -> None:
    """Return once the condition is met. Raises TimeoutError, which says what was waited for, to the last."""
    ends = time.monotonic() + limit
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError(f"{what if isinstance(what, str) else what()}: not within {limit} s")
        time.sleep(0.1)
