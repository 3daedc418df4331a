"""Reads YAML scalars with and without tags (go-yaml v3, resolve.go and decode.go)."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Callable

from yaml.nodes import ScalarNode

from vpnlint.source.compose import PLAIN
from vpnlint.source.node import Scalar

_BINARY = "tag:yaml.org,2002:binary"
_TYPES: dict[str, tuple[type, ...]] = {
    "tag:yaml.org,2002:bool": (bool,),
    "tag:yaml.org,2002:float": (float, int),
    "tag:yaml.org,2002:int": (int,),
    "tag:yaml.org,2002:null": (type(None),),
}
_LONGEST_QUOTE = 40


def read_scalar(source: ScalarNode, resolve: Callable[[str], Scalar]) -> Scalar:
    """Return the value of a scalar, or its text if it does not match its tag.

    resolve: returns the value of a plain scalar.
    """
    text: str = source.value
    if source.tag == PLAIN:
        return resolve(text)
    if source.tag == _BINARY:
        decoded = _decode_binary(text)
        return text if decoded is None else decoded
    if source.tag in _TYPES and not explain_mismatch(source, resolve):
        return resolve(text)
    return text


def explain_mismatch(source: ScalarNode, resolve: Callable[[str], Scalar]) -> str:
    """Return why a scalar does not match its tag or is not valid in JSON; empty if it is fine."""
    if source.tag == PLAIN:
        return "" if _is_finite(resolve(source.value)) else f"{source.value} cannot be written as JSON"
    if source.tag == _BINARY and _decode_binary(source.value) is None:
        return "this is not base64, which !!binary requires"
    value = resolve(source.value)
    if source.tag in _TYPES and (type(value) not in _TYPES[source.tag] or not _is_finite(value)):
        kind = source.tag.rsplit(":", 1)[-1]
        return f"{source.value[:_LONGEST_QUOTE]!r} is not of type !!{kind}"
    return ""


def read_key(text: str, resolve: Callable[[str], Scalar]) -> str | None:
    """Return a plain key as JSON writes it, or None for null, which is no key in JSON."""
    value = resolve(text)
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value)


def _is_finite(value: Scalar) -> bool:
    return not isinstance(value, float) or math.isfinite(value)


def _decode_binary(text: str) -> str | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode(errors="replace")
    except binascii.Error:
        return None
