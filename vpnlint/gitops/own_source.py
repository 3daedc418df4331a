"""Which sources are this repository: a path belongs to the source that names it."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from vpnlint.files.facts import Lead
from vpnlint.files.git_folder import read_remote_urls
from vpnlint.source.deferred_pattern import defer_pattern

_SCHEME = defer_pattern(r"^[a-z0-9+.-]+://", re.IGNORECASE)
_WHOLE = ("", ".", "./", "/")


def read_remotes(root: str) -> frozenset[str]:
    """Return the normal forms of the URLs of a repository's git remotes; of a worktree, the main one's."""
    return frozenset(map(normalize_url, read_remote_urls(root)))


def normalize_url(url: str) -> str:
    """Return a URL without scheme, user and suffix: `github.com/owner/name`, however it was written."""
    url = _SCHEME.sub("", url.strip()).rpartition("@")[2]
    if ":" in url.partition("/")[0]:
        host, _, rest = url.partition(":")
        port, slash, below = rest.partition("/")
        url = f"{host}/{below}" if slash and port.isdigit() else f"{host}/{rest}"
    return url.rstrip("/").removesuffix(".git").lower()


class OwnSource:
    """Tells which sources are the repository itself: by its remotes, its bootstrapping, or the majority."""

    def __init__(
        self,
        leads: Iterable[Lead],
        bootstrapped: Iterable[Lead],
        urls: Mapping[tuple[str, str], str],
        known_remotes: Iterable[str] = (),
    ) -> None:
        """Take the leads whose paths exist in the repository, and those that manage themselves.

        urls: (kind, name) of a Flux source → the URL of its object in the repository.
        """
        self._urls = urls
        counted = Counter(self._make_key(lead) for lead in leads)
        named = [key for key in counted if key in set(known_remotes)]
        first = Counter(self._make_key(lead) for lead in bootstrapped)
        if named:
            self._own = set(named)
        elif first:
            self._own = set(first)
        else:
            most = max(counted.values(), default=0)
            self._own = {key for key, number in counted.items() if number == most}
        self._own |= set(known_remotes)

    def owns(self, lead: Lead) -> bool | None:
        """Tell whether a path belongs to this repository; None if it is unknown."""
        key = self._make_key(lead)
        if key in self._own:
            return True
        known = self._is_url(key)
        if known and any(self._is_url(own) for own in self._own):
            return any(self._is_url(own) and _is_artifact_of(key, own) for own in self._own)
        return None

    def follows(self, lead: Lead) -> bool:
        """Tell whether to read a path in this repository: if its owner is unknown, unless it is just `.`."""
        owned = self.owns(lead)
        return owned if owned is not None else os.path.normpath(lead.path or ".") not in _WHOLE

    def _make_key(self, lead: Lead) -> str:
        kind, _, name = lead.source
        url = name if not kind else self._urls.get((kind, name), "")
        return normalize_url(url) if url and "${" not in url else f" {kind} {name}"

    def _is_url(self, key: str) -> bool:
        return not key.startswith(" ")


def _is_artifact_of(url: str, own: str) -> bool:
    """Tell whether a URL is that of an artifact named after a repository: `ghcr.io/owner/name/manifests`."""
    path = "/".join(own.split("/")[1:])
    return bool(path) and f"/{path}/" in f"/{url}/"
