"""Lists the delimiters and functions of templates in each program that fills them in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from vpnlint.source.go_template.data import Value, format_value
from vpnlint.source.go_template.functions.builtin import BUILTIN_FUNCTIONS
from vpnlint.source.go_template.functions.collections import COLLECTION_FUNCTIONS, fail
from vpnlint.source.go_template.functions.encodings import ENCODING_FUNCTIONS, from_yaml, to_yaml
from vpnlint.source.go_template.functions.numbers import NUMBER_FUNCTIONS
from vpnlint.source.go_template.functions.texts import TEXT_FUNCTIONS
from vpnlint.source.go_template.functions.versions import VERSION_FUNCTIONS
from vpnlint.source.go_template.limits import Undecidable

# slim-sprig lacks these functions of sprig.
_NOT_IN_SLIM_SPRIG = ("deepCopy", "merge", "mergeOverwrite", "nospace", "semverCompare", "untitle")
# sprig also offers these as `mustAppend` and so on, which return an error instead of panicking; either ends
# the template.
_WITH_MUST = (
    "append",
    "compact",
    "deepCopy",
    "first",
    "fromJson",
    "has",
    "initial",
    "last",
    "merge",
    "mergeOverwrite",
    "prepend",
    "regexMatch",
    "rest",
    "reverse",
    "slice",
    "toJson",
    "toRawJson",
    "uniq",
    "without",
)
_SPRIG_FUNCTIONS: dict[str, Callable[..., Value]] = {
    **TEXT_FUNCTIONS,
    **COLLECTION_FUNCTIONS,
    **NUMBER_FUNCTIONS,
    **ENCODING_FUNCTIONS,
    **VERSION_FUNCTIONS,
}


def _add_must_variants(functions: Mapping[str, Callable[..., Value]]) -> dict[str, Callable[..., Value]]:
    """Return the functions and their variants called `mustAppend` and so on."""
    must = {f"must{name[0].upper()}{name[1:]}": functions[name] for name in _WITH_MUST if name in functions}
    return {**functions, **must}


class Dialect(NamedTuple):
    """One program's use of Go's templates.

    functions: the pure functions that it offers. is_strict: it refuses a missing key. calls_templates: it
    offers `include` and `tpl`.
    """

    functions: Mapping[str, Callable[..., Value]]
    delimiters: tuple[str, str] = ("{{", "}}")
    is_strict: bool = True
    calls_templates: bool = False


def _require(message: Value, value: Value) -> Value:
    return value if value not in (None, "") else fail(message)


def _make_slugify(longest: int) -> Callable[..., str]:
    """Return a function like Make of github.com/gosimple/slug, for plain ASCII texts.

    The function raises Undecidable for any other text: Make spells characters out (`&` becomes `and`) and
    shortens a slug of more than `longest` characters.
    """

    def slugify(*values: Value) -> str:
        text = format_value(values[0]) if len(values) == 1 else ""
        slug = re.sub(r"-{2,}", "-", re.sub(r"[^a-z0-9_-]", "-", text.lower())).strip("-_")
        if not text.isascii() or re.search("[&@']", text) or not slug or len(slug) > longest:
            raise Undecidable("slugify is given more than a short ASCII text")
        return slug

    return slugify


def _normalize(name: Value) -> str:
    return re.sub(r"[^-a-z0-9.]", "-", format_value(name).lower())[:253].strip("-.")


# helm.sh/helm/v4 pkg/engine/funcs.go and engine.go. A missing key is nil (`missingkey=zero`).
HELM = Dialect(
    {
        **BUILTIN_FUNCTIONS,
        **_add_must_variants(_SPRIG_FUNCTIONS),
        # It begins with an empty mapping, which an empty text leaves as it is.
        "fromYaml": lambda text: from_yaml(text) or {},
        "fromYamlArray": lambda text: from_yaml(text) or [],
        "required": _require,
        "toYaml": to_yaml,
    },
    is_strict=False,
    calls_templates=True,
)
# flux-operator v0.58, internal/builder/resourceset.go (newTemplate, `missingkey=error`); the functions of
# github.com/go-task/slim-sprig v3.
RESOURCE_SET = Dialect(
    {
        **BUILTIN_FUNCTIONS,
        **_add_must_variants(
            {name: call for name, call in _SPRIG_FUNCTIONS.items() if name not in _NOT_IN_SLIM_SPRIG}
        ),
        "slugify": _make_slugify(63),
        "toYaml": lambda value: to_yaml(value) + "\n",
    },
    ("<<", ">>"),
)
# argo-cd v3.5, applicationset/utils/utils.go (SanitizeName, slugify) and template_functions.go.
APPLICATION_SET = Dialect(
    {
        **BUILTIN_FUNCTIONS,
        **_add_must_variants(_SPRIG_FUNCTIONS),
        "fromYaml": lambda text: from_yaml(text) or {},
        "normalize": _normalize,
        "slugify": _make_slugify(50),
        "toYaml": to_yaml,
    }
)
