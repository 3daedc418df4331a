"""Resolves plain YAML scalars as Go programs do, and formats values as Helm's `quote` does.

Helm and kubectl read YAML with sigs.k8s.io/yaml 1.6.0, which is go.yaml.in/yaml/v2 (2.4.4, resolve.go): `off`
is false. Kustomize, and so Flux's kustomize-controller for every object in a repository, decodes it with
go.yaml.in/yaml/v3 (3.0.4, resolve.go): `off` is a string. tests/oracles/helm/scalars.yaml holds the answers
of each program.
"""

from __future__ import annotations

import math
import re
from datetime import datetime

from vpnlint.source.deferred_pattern import defer_pattern

Scalar = bool | int | float | str | None

_KUSTOMIZE_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_HELM_WORDS: dict[str, Scalar] = {
    **_KUSTOMIZE_WORDS,
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_NUMBER_STARTS = frozenset("0123456789+-.")
_STARTS = _NUMBER_STARTS | {word[0] for word in _HELM_WORDS if word}

_INTEGER = defer_pattern(r"([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))")
_BASES = (0, 0, 16, 2, 8, 10)  # by the group of _INTEGER
# Python's int() raises beyond 4300 digits, and no digit beyond the first 400 changes a float64.
_LONGEST_NUMBER = 400
_FLOAT = defer_pattern(r"[+-]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][+-]?[0-9]+)?")
_STRAY_UNDERSCORE = defer_pattern(r"(?<![0-9])_|_(?![0-9])")
_DATE = defer_pattern(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_TIME = defer_pattern(r"([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2})?")


def resolve_helm_scalar(text: str) -> Scalar:
    """Return the value of a plain (unquoted) scalar for Helm, kubectl and Flux's postBuild substitution."""
    if text and text[0] not in _STARTS:
        return text
    if text in _HELM_WORDS:
        return _HELM_WORDS[text]
    return _parse_number(text) if text[0] in _NUMBER_STARTS else text


def resolve_kustomize_scalar(text: str) -> Scalar:
    """Return the value of a plain scalar for Kustomize, and so for Flux, in an object of a repository."""
    if text and text[0] not in _STARTS:
        return text
    if text in _KUSTOMIZE_WORDS:
        return _KUSTOMIZE_WORDS[text]
    return (_parse_timestamp(text) or _parse_number(text)) if text[0] in _NUMBER_STARTS else text


def format_helm_scalar(value: Scalar) -> str:
    """Return the string that a container gets from `value: {{ $value | quote }}`.

    Raises ValueError for infinity and NaN, which JSON does not have, so Helm and Flux refuse the whole file.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    # Values pass through JSON, whose numbers Go reads as float64.
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{number} cannot be written as JSON, so Helm refuses it")
    shortest = repr(number)
    # Like `%v`, which is strconv.FormatFloat(number, 'g', -1, 64): with an exponent from a million on.
    if number == 0 or 1e-4 <= abs(number) < 1e6:
        return shortest.removesuffix(".0")
    digits = re.sub(r"e.*|[-.]", "", shortest).strip("0")
    return f"{number:.{len(digits) - 1}e}"


def _parse_number(text: str) -> int | float | str:
    """Return `text` as an integer, read like strconv.ParseInt with base 0, else a float, else unchanged."""
    if text.isdigit() and text.isascii() and text[0] != "0" and len(text) < 19:
        return int(text)
    # resolve.go drops underscores, unless the text starts with a dot: strconv.ParseFloat reads such a one.
    if len(text) > _LONGEST_NUMBER or (text[0] == "." and _STRAY_UNDERSCORE.search(text)):
        return text
    plain = text.replace("_", "")
    if match := _INTEGER.fullmatch(plain):
        form = match.lastindex or 0
        sign, number = match[1], int(match[form], _BASES[form])
        # int64 with a sign, uint64 without; a larger number may still be a float.
        if number < (2**63 + (sign == "-") if sign else 2**64):
            return -number if sign == "-" else number
    if _FLOAT.fullmatch(plain) and math.isfinite(float(plain)):
        return float(plain)
    return text


def _parse_timestamp(text: str) -> str | None:
    """Return a YAML timestamp as Go writes it in JSON, or None if `text` is no timestamp."""
    date = _DATE.match(text)
    if date is None:
        return None
    clock, fraction, zone = ["0", "0", "0"], "", "Z"
    if rest := text[date.end() :]:
        time = _TIME.fullmatch(rest, 1)
        if time is None or rest[0] not in "Tt " or (rest[0] == " ") == (time[5] is not None):
            return None
        clock = list(time.group(1, 2, 3))
        fraction = (time[4] or "").rstrip("0")
        zone = time[5] if time[5] and time[5][1:] != "00:00" else "Z"
    try:
        moment = datetime(*map(int, (*date.groups(), *clock)))  # type: ignore[arg-type]  # six parts, no tzinfo
    except ValueError:
        return None
    return f"{moment.isoformat()}{'.' if fraction else ''}{fraction}{zone}"
