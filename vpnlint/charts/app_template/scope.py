"""Holds what every part of app-template needs: the release, its values and version, and names of objects.

Source: github.com/bjw-s-labs/helm-charts, charts/library/common/templates/lib, tags common-1.5.1 to
common-4.1.1, and single files of common 4.6.0 and 5.3.0; charts/other/app-template/templates/common.yaml.
"""

from __future__ import annotations

from enum import Enum
from functools import cached_property
from typing import TypeAlias

from vpnlint.charts.helm.template import Template
from vpnlint.charts.helm.values import is_empty, list_enabled_items, make_fullname, shorten_name
from vpnlint.charts.release import Release
from vpnlint.errors import UnknownChart
from vpnlint.source.deferred_pattern import defer_pattern
from vpnlint.source.node import Node

Version: TypeAlias = tuple[int, int, int]

# The sources of common 4.2.0 to 4.5.0 were unavailable: features of 4.6.0 that 4.1.1 lacks count from 4.2.0.
AFTER_4_1: Version = (4, 2, 0)
NEWEST = 999
_CONSTRAINT = defer_pattern(
    r"\s*([\^~=v]*)\s*v?([0-9]{1,9})(?:\.([0-9]{1,9}|[xX*]))?(?:\.([0-9]{1,9}|[xX*]))?(?:[-+@].*)?\s*"
)


def resolve_version(text: str, values: Node) -> Version:
    """Return the newest version that a constraint allows.

    If even the major version is open, the shape of the values decides: `controllers` came with 2.0. It also
    decides if a version below 2 has them: that is a fork with its own versions.
    """
    controllers = values.map.get("controllers")
    by_shape = (5 if controllers is not None and controllers.map else 1, NEWEST, NEWEST)
    match = _CONSTRAINT.fullmatch(text)
    if match is None or (match[2].isdigit() and int(match[2]) < min(by_shape[0], 2)):
        return by_shape
    operator, *parts = match.groups()
    major, minor, patch = (int(part) if part and part.isdigit() else NEWEST for part in parts)
    if "^" in operator:
        return (major, NEWEST, NEWEST)
    return (major, minor, NEWEST if "~" in operator else patch)


class Kind(Enum):
    """The kinds of objects that the chart names differently."""

    CONTROLLER = "controller"
    CLAIM = "claim"
    OTHER = "other"


class Scope:
    """One release of app-template.

    values: the user's over the chart's defaults. is_evaluated: each `{{ }}` in them has been evaluated
    already, so none is left to expand.
    """

    def __init__(
        self, release: Release, values: Node, version: Version, *, is_evaluated: bool = False
    ) -> None:
        self.release = release
        self.values = values
        self.version = version
        self.is_evaluated = is_evaluated

    @cached_property
    def name(self) -> str:
        """The app's name, which its labels hold: `global.nameOverride`, else the release's name."""
        override = self.values.get("global", "nameOverride")
        return shorten_name(override.text if override is not None and override.text else self.release.name)

    @cached_property
    def fullname(self) -> str:
        """The prefix of all objects' names."""
        for path in (("global", "fullnameOverride"), ("fullnameOverride",)):
            override = self.values.get(*path)
            if override is not None and override.text:
                return shorten_name(override.text)
        return make_fullname(self.release.name, self.name)

    @cached_property
    def stored(self) -> list[tuple[str, Node]]:
        """The enabled items of `persistence`."""
        return list_enabled_items(self.values.map.get("persistence"))

    @cached_property
    def template(self) -> Template:
        """The evaluator for `{{ }}` in this release's values."""
        return Template(
            release={"Name": self.release.name, "Namespace": self.release.namespace, "Service": "Helm"},
            chart={"Name": "app-template"},
            values=self.values,
            named={
                "bjw-s.common.lib.chart.names.name": self.name,
                "bjw-s.common.lib.chart.names.fullname": self.fullname,
            },
        )

    def expand(self, node: Node) -> Node:
        """Return the Node with each decidable `{{ }}` in it replaced."""
        return node if self.is_evaluated else self.template.expand(node)

    def make_object_name(self, identifier: str, item: Node, kind: Kind, count: int = 1) -> str:
        """Return the name of the object of an item. count: the number of enabled items of its kind."""
        if self.version >= (4, 0, 0):
            return self._make_name_since_4(identifier, item, count)
        return self._make_name_before_4(identifier, item, kind, count)

    def _make_name_before_4(self, identifier: str, item: Node, kind: Kind, count: int) -> str:
        if (
            kind is Kind.OTHER
            and self.version >= (3, 5, 0)
            and (override := self._expand_field(item, "forceRename"))
        ):
            return override
        compares = self.version >= ((3, 4, 0) if kind is Kind.CLAIM else (3, 0, 2))
        if override := self._expand_field(item, "nameOverride"):
            bare = override == "-" if kind is Kind.CLAIM else compares and override == self.fullname
            return self.fullname if bare else f"{self.fullname}-{override}"
        if self.version < (3, 0, 0):
            bare = identifier == "main" and kind is not Kind.CLAIM
        else:
            bare = (kind is Kind.CONTROLLER and count == 1) or (compares and identifier == self.fullname)
        return self.fullname if bare else f"{self.fullname}-{identifier}"

    def _make_name_since_4(self, identifier: str, item: Node, count: int) -> str:
        if override := self._expand_field(item, "forceRename"):
            return override.lower()
        name = self.fullname
        prefix, suffix = self._expand_field(item, "prefix"), self._expand_field(item, "suffix")
        if prefix and prefix != name:
            name = f"{prefix}-{name}"
        always = not is_empty(self.values.get("global", "alwaysAppendIdentifierToResourceName"))
        if (count > 1 or always) and not name.endswith(f"-{identifier}"):
            name = name if identifier == name and self.version >= (4, 1, 0) else f"{name}-{identifier}"
        if suffix and not name.endswith(f"-{suffix}"):
            name = f"{name}-{suffix}"
        return name.lower()

    def _expand_field(self, item: Node, key: str) -> str:
        value = item.map.get(key)
        if value is None:
            return ""
        return self.expand(value).text if self.version >= (3, 0, 2) else value.text

    def find_object_name(self, section: str, identifier: str) -> str | None:
        """Return the object's name for an enabled item of `configMaps` or `secrets`, or None."""
        items = dict(list_enabled_items(self.values.map.get(section)))
        item = items.get(identifier)
        return None if item is None else self.make_object_name(identifier, item, Kind.OTHER, len(items))

    def require_object_name(self, section: str, identifier: Node, place: str) -> Node:
        """Return the name of the object with an identifier in `configMaps` or `secrets`.

        Raises UnknownChart, with the place of the identifier, if no enabled item has it.
        """
        name = self.find_object_name(section, identifier.text)
        if name is None:
            message = f"{place}: {section} has no identifier {identifier.text!r}, so Helm refuses it"
            raise UnknownChart(message)
        return Node.make(name, identifier)

    def find_external_secret_name(self, reference: Node) -> Node | None:
        """Return the name of the Secret that an externalSecretRef (5.x) leads to.

        Returns None if no enabled item of `externalSecrets` has its identifier.
        """
        identifier = reference.map.get("identifier")
        if identifier is None:
            return reference.map.get("name")
        items = list_enabled_items(self.values.map.get("externalSecrets"))
        item = dict(items).get(identifier.text)
        if item is None:
            return None
        target = item.get("target", "name")
        if target is not None and target.text:
            return target
        return Node.make(self.make_object_name(identifier.text, item, Kind.OTHER, len(items)), identifier)
