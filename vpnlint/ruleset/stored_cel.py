"""Compiled CEL as bytes, without what only a type checker needs.

cel-expr-python 0.1.3 serializes a `google.protobuf.Any` that holds a `cel.expr.CheckedExpr` (cel-spec,
proto/cel/expr/checked.proto). Two thirds of one are tables about each node of the expression: its overload,
its type and its place in the text. Evaluation finds functions by their names and arguments, as it does in an
expression that was only parsed; without the tables, it is restored and freed several times faster.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

_VALUE = 2
_REFERENCES, _TYPES, _EXPRESSION, _SOURCE = 2, 3, 4, 5
_TABLES = (_REFERENCES, _TYPES, _SOURCE)
# Wire types: https://protobuf.dev/programming-guides/encoding/
_VARINT, _BYTES = 0, 2


class _Field(NamedTuple):
    number: int
    whole: bytes
    value: bytes


def strip_tables(stored: bytes) -> bytes:
    """Return a serialized expression without its tables, or the same bytes where it has another form."""
    try:
        outer = list(_list_fields(stored))
        (checked,) = (field.value for field in outer if field.number == _VALUE)
        inner = list(_list_fields(checked))
    except (ValueError, IndexError):
        return stored
    if _EXPRESSION not in {field.number for field in inner}:
        return stored
    kept = b"".join(field.whole for field in inner if field.number not in _TABLES)
    rest = b"".join(field.whole for field in outer if field.number != _VALUE)
    return rest + bytes([_VALUE << 3 | _BYTES]) + _write_varint(len(kept)) + kept


def _list_fields(message: bytes) -> Iterator[_Field]:
    """Yield the fields of a protobuf message. Raises ValueError or IndexError if it is none of ours."""
    at = 0
    while at < len(message):
        start = at
        key, at = _read_varint(message, at)
        value, at = _read_varint(message, at)
        if key & 7 == _VARINT:
            yield _Field(key >> 3, message[start:at], b"")
            continue
        if key & 7 != _BYTES or at + value > len(message):
            raise ValueError(f"a field of wire type {key & 7} at byte {start}")
        yield _Field(key >> 3, message[start : at + value], message[at : at + value])
        at += value


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    """Return the number that begins at a byte, and where it ends."""
    number = shift = 0
    while message[at] > 127:
        number |= (message[at] & 127) << shift
        shift += 7
        at += 1
    return number | message[at] << shift, at + 1


def _write_varint(number: int) -> bytes:
    digits = bytearray()
    while number > 127:
        digits.append(number & 127 | 128)
        number >>= 7
    return bytes([*digits, number])
