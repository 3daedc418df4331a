"""What is left out of a view and of the catalogue is what nobody uses."""

from __future__ import annotations

from vpnlint.admission.cel_literal import write_literal
from vpnlint.admission.prune import find_used_names, reduce_catalog, reduce_variables

VARIABLES = [
    (
        "all",
        'object.items.map(i, {"name": dyn(i.name), "size": dyn(i.size), "kind": dyn(i.?kind.orValue("{a: b}"))})',
    ),
    ("spare", "object.spare"),
    ("pods", 'variables.all.map(a, {"name": a.name, "big": dyn(a.size > 3), "kind": a.kind})'),
]


def test_a_field_is_kept_for_what_is_computed_of_it() -> None:
    assert reduce_variables(VARIABLES, find_used_names(VARIABLES, ["pod.big"])) == [
        ("all", 'object.items.map(i, {"size": dyn(i.size)})'),
        ("pods", 'variables.all.map(a, {"big": dyn(a.size > 3)})'),
    ]


def test_a_key_in_quotes_counts_as_used() -> None:
    assert (
        '"kind": a.kind'
        in dict(reduce_variables(VARIABLES, find_used_names(VARIABLES, ['pod[?"kind"].hasValue()'])))["pods"]
    )


def test_what_is_compared_and_variables_of_comprehensions_are_no_names() -> None:
    texts = [
        'pod.name == "big"',
        'pod.name in ["big"]',
        "pod.names.exists(big, big.name)",
        'x ? "big" : pod.name',
    ]
    assert {name: "big" in find_used_names(VARIABLES, [name]) for name in texts} == dict.fromkeys(
        texts, False
    )
    assert "big" in find_used_names(VARIABLES, ['"big" in pod'])


def test_braces_in_strings_are_no_maps() -> None:
    assert '"{a: b}"' in dict(reduce_variables(VARIABLES, find_used_names(VARIABLES, ["pod.kind"])))["all"]


def test_tables_of_the_catalogue_stay_whole_and_fields_go() -> None:
    constant = {
        "images": {"a/b": "x"},
        "software": {"x": {"role": "vpn", "spare": 1, "settings": {"ENV": {"off": []}}}},
    }
    names = frozenset({"software", "role", "settings"})
    assert reduce_catalog(constant, names) == {"software": {"x": {"role": "vpn", "settings": {"ENV": {}}}}}


def test_values_of_different_types_are_wrapped_and_others_not() -> None:
    assert write_literal({"a": 1, "b": "x"}) == '{"a": dyn(1), "b": dyn("x")}'
    assert write_literal({"a": {"n": 1}, "b": {"n": 2}}) == '{"a": {"n": 1}, "b": {"n": 2}}'
    assert write_literal([[], ["a"]]) == '[dyn([]), dyn(["a"])]'
    assert write_literal({"ä": True}) == '{"ä": true}'
