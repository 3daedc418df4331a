"""sprig's functions for encodings, and those for YAML that Helm, Argo CD and flux-operator add."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import yaml

from vpnlint.source.go_template.data import Value, format_value
from vpnlint.source.go_template.limits import Undecidable


class _Dumper(yaml.SafeDumper):
    """Writes a repeated value in full each time, as Go does, instead of as an alias."""

    def ignore_aliases(self, _: object) -> bool:
        return True


def to_yaml(value: Value) -> str:
    """Return a value as YAML, without the final line break."""
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, width=1 << 20)
    return text.removesuffix("...\n").rstrip("\n")


def from_yaml(text: Value) -> Value:
    """Return the value of a YAML text. Raises Undecidable if the text is not YAML."""
    try:
        return yaml.safe_load(format_value(text))
    except yaml.YAMLError as error:
        raise Undecidable("fromYaml is given a text that is not YAML") from error


def _from_json(text: Value) -> Value:
    try:
        return json.loads(format_value(text))
    except (ValueError, RecursionError) as error:
        raise Undecidable("fromJson is given a text that is not JSON") from error


def _to_json(value: Value) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _decode_base64(text: Value) -> str:
    try:
        return base64.b64decode(format_value(text), validate=True).decode()
    except ValueError as error:
        raise Undecidable("b64dec is given a text that is not base64") from error


ENCODING_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "b64dec": _decode_base64,
    "b64enc": lambda text: base64.b64encode(format_value(text).encode()).decode(),
    "fromJson": _from_json,
    "sha1sum": lambda text: _digest("sha1", text),
    "sha256sum": lambda text: _digest("sha256", text),
    "toJson": _to_json,
    "toRawJson": _to_json,
}


def _digest(algorithm: str, value: Value) -> str:
    import hashlib  # loads OpenSSL, which few runs need

    return hashlib.new(algorithm, format_value(value).encode(), usedforsecurity=False).hexdigest()
