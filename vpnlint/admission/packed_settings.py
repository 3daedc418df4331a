"""Packs the catalogue's settings into strings, so that an API server compiles a policy quickly.

As literals, the settings made up four fifths of the cost of compiling a policy (kube-apiserver 1.36.3): some
150 maps of ten fields each, of which a Pod needs a handful. Packed, each setting is one string, and the view
unpacks only those that it looks up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from vpnlint.source.deferred_pattern import defer_pattern

# The separators of a setting's fields, of a list's items, and of an item's fields.
_FIELD, _ITEM, _PART = "\n", ",", " "
# The one place where the view looks a setting up (`declared` in rules/views/pod.yaml).
_LOOKUP = defer_pattern(r"((?:\w+\.)+software)\.\?settings\[\?(\w+\.name)\]\.orValue\(dyn\(\{\}\)\)")


def pack_settings(
    catalog: dict[str, Any], variables: Sequence[tuple[str, str]]
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the catalogue with packed settings, and the view's variables, changed to unpack them.

    Both are unchanged if no program has settings. Raises ValueError if a value holds a separator, or if the
    variables look settings up in a way that this function does not know.
    """
    software = catalog.get("software", {})
    settings = [setting for entry in software.values() for setting in entry.get("settings", {}).values()]
    if not settings:
        return catalog, list(variables)
    shape = settings[0]
    packed = {
        program: {
            **entry,
            **(
                {"settings": {name: _pack(one, shape) for name, one in entry["settings"].items()}}
                if "settings" in entry
                else {}
            ),
        }
        for program, entry in software.items()
    }
    record = ", ".join(
        f'"{field}": dyn({_unpacked(_example(settings, field), f"w[{number}]")})'
        for number, field in enumerate(shape)
    )
    unpacked = (
        r'[\1.?settings[?\2].orValue("")].map(t, t == "" ? dyn({}) : '
        rf'[t.split("\\n")].map(w, dyn({{{record}}}))[0])[0]'
    )
    changed = [_LOOKUP.subn(unpacked, text) for _, text in variables]
    others = any(re.search(r"software\.\??settings", _LOOKUP.sub("", text)) for _, text in variables)
    if others or sum(times for _, times in changed) != 1:
        raise ValueError("the view looks up settings somewhere else, or more than once")
    names = (name for name, _ in variables)
    return {**catalog, "software": packed}, [(n, text) for n, (text, _) in zip(names, changed, strict=True)]


def _example(settings: Sequence[dict[str, Any]], field: str) -> Any:  # noqa: ANN401  (plain data of any shape)
    """Return a value of the field that shows its type: a non-empty list, if there is one."""
    values = [setting[field] for setting in settings]
    return next((value for value in values if value), values[0])


def _pack(setting: dict[str, Any], shape: dict[str, Any]) -> str:
    if setting.keys() != shape.keys():
        raise ValueError(f"settings differ in their fields: {sorted(setting.keys() ^ shape.keys())}")
    return _FIELD.join(_written(setting[field], _FIELD) for field in shape)


def _written(value: Any, outer: str) -> str:  # noqa: ANN401  (plain data of any shape)
    if isinstance(value, list):
        return _ITEM.join(_written(item, _ITEM) for item in value)
    if isinstance(value, dict):
        return _PART.join(_written(part, _PART) for part in value.values())
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if outer in text or _FIELD in text:
        raise ValueError(f"{text!r} can't be packed: it holds {outer!r}")
    return text


def _unpacked(value: Any, text: str) -> str:  # noqa: ANN401  (plain data of any shape)
    """Return the CEL expression that parses the text of an expression into a value of this type."""
    if isinstance(value, list):
        items = f'{text} == "" ? [] : {text}.split("{_ITEM}")'
        if value and isinstance(value[0], dict):
            fields = ", ".join(
                f'"{field}": dyn({_unpacked(part, f"h[{number}]")})'
                for number, (field, part) in enumerate(value[0].items())
            )
            return f'({items}).map(i, [i.split("{_PART}")].map(h, {{{fields}}})[0])'
        return items
    if isinstance(value, bool):
        return f'{text} == "true"'
    return f"int({text})" if isinstance(value, int) else text
