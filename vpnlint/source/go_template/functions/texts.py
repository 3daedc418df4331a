"""sprig's functions on texts (github.com/Masterminds/sprig 3.3, strings.go and functions.go)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from vpnlint.source.go_template.data import Value, format_value, read_integer
from vpnlint.source.go_template.functions.builtin import quote
from vpnlint.source.go_template.limits import Undecidable, check_text_size
from vpnlint.source.regex import matches_pattern


def _indent(count: Value, text: Value) -> str:
    pad = " " * min(read_integer(count), 100)
    return pad + _replace("\n", f"\n{pad}", text)


def _repeat(count: Value, text: Value) -> str:
    check_text_size(read_integer(count) * len(format_value(text)))
    return format_value(text) * read_integer(count)


def _replace(old: Value, new: Value, text: Value) -> str:
    before, after, whole = format_value(old), format_value(new), format_value(text)
    check_text_size(len(whole) + (whole.count(before) if before else len(whole) + 1) * len(after))
    return whole.replace(before, after)


def _join(separator: Value, items: Value) -> str:
    if not isinstance(items, list):
        return format_value(items)
    texts = [format_value(item) for item in items]
    check_text_size(sum(map(len, texts)) + len(texts) * len(format_value(separator)))
    return format_value(separator).join(texts)


def _matches(pattern: Value, text: Value) -> bool:
    try:
        return matches_pattern(f"(?s:.*)(?:{format_value(pattern)})(?s:.*)", format_value(text))
    except ValueError as error:
        raise Undecidable(f"Go does not compile a regular expression ({error})") from error


def _truncate(size: Value, text: Value) -> str:
    count = read_integer(size)
    return format_value(text)[:count] if count >= 0 else format_value(text)[count:]


def _clean_path(path: Value) -> str:
    # Python keeps two slashes at the beginning, Go's path.Clean one.
    return re.sub(r"^/+", "/", posixpath.normpath(format_value(path)))


TEXT_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "base": lambda path: posixpath.basename(_clean_path(path)) or "/",
    "cat": lambda *values: " ".join(format_value(value) for value in values if value is not None),
    "clean": _clean_path,
    "contains": lambda part, text: format_value(part) in format_value(text),
    "dir": lambda path: _clean_path(posixpath.dirname(format_value(path))),
    "ext": lambda path: (re.search(r"\.[^./]*\Z", format_value(path)) or [""])[0],
    "hasPrefix": lambda part, text: format_value(text).startswith(format_value(part)),
    "hasSuffix": lambda part, text: format_value(text).endswith(format_value(part)),
    "indent": _indent,
    "join": _join,
    "lower": lambda text: format_value(text).lower(),
    "nindent": lambda count, text: "\n" + _indent(count, text),
    "nospace": lambda text: re.sub(r"\s", "", format_value(text)),
    "quote": quote,
    "regexMatch": _matches,
    "repeat": _repeat,
    "replace": _replace,
    "split": lambda separator, text: {
        f"_{number}": part for number, part in enumerate(format_value(text).split(separator))
    },
    "splitList": lambda separator, text: format_value(text).split(separator),
    "squote": lambda *values: " ".join(f"'{format_value(value)}'" for value in values if value is not None),
    "substr": lambda start, end, text: format_value(text)[max(start, 0) : end if end >= 0 else None],
    "title": lambda text: re.sub(r"(?<!\w)\w", lambda match: match[0].upper(), format_value(text)),
    "toString": format_value,
    "trim": lambda text: format_value(text).strip(),
    "trimAll": lambda cut, text: format_value(text).strip(format_value(cut)),
    "trimPrefix": lambda part, text: format_value(text).removeprefix(format_value(part)),
    "trimSuffix": lambda part, text: format_value(text).removesuffix(format_value(part)),
    "trunc": _truncate,
    "untitle": lambda text: format_value(text)[:1].lower() + format_value(text)[1:],
    "upper": lambda text: format_value(text).upper(),
}
