"""The views for a cluster: the objects that they apply to, and CEL that turns an object into `pods`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import Template

from vpnlint.ruleset.catalog import Catalog
from vpnlint.ruleset.cel_text import replace_members
from vpnlint.ruleset.view import build_view_variables, list_members, read_view
from vpnlint.source.pod_kinds import BUILT_IN

# A change to a running Pod's labels and annotations has no effect; in a template they affect the next Pod. A
# ReplicationController may have no template at all.
_POD_RUNS = (
    '$object.kind == "Pod" ? {"spec": $object.spec}'
    ' : $object.kind == "CronJob" ? $object.spec.jobTemplate.spec.template'
    " : $object.spec.?template.orValue(dyn({}))"
)
_POD_CONCERNS = (
    f"[{Template(_POD_RUNS).substitute(object='object')}].exists(pod, ["
    '"initContainers", "containers", "ephemeralContainers"].exists(k, pod.?spec[?k].orValue([])'
    '.exists(c, c.?image.orValue("").lowerAscii().matches("$words"))))'
)
_RELEASE_RUNS = (
    "[dyn($object.spec.?values.orValue({})), dyn($object.spec.?chart.spec.version.orValue('')),"
    " dyn(has($object.spec.valuesFrom)), dyn(has($object.spec.postRenderers))]"
)
_RELEASE_CONCERNS = (
    "type(object.spec.?values.orValue(dyn([]))) == map"
    " && [object.spec.values.?controllers.orValue(dyn([]))].exists(all, type(all) == map"
    " && all.exists(id, type(all[id]) == map"
    ' && ["initContainers", "containers"].exists(k, [all[id][?k].orValue(dyn([]))].exists(some,'
    " type(some) == map"
    " && some.exists(n, type(some[n]) == map && [some[n].?image.orValue(dyn([]))].exists(image,"
    " [type(image) == map ? image.?repository.orValue(dyn([])) : image].exists(name,"
    ' type(name) == string && name.lowerAscii().matches("$words"))))))))'
)


@dataclass(frozen=True)
class View:
    """One view.

    subject is its kind of object in the terms of Kyverno's catalogue, suffix the end of its policies' names.
    resources are (API group, versions, resources, kinds). before and pod_variables are (name, CEL
    expression): the former turn another object into workloads (empty for the Pod view), the latter are the
    Pod view over each item of the variable `each`. runs is a template for a CEL expression: the part of an
    object ($object: `object` or `oldObject`) that decides which Pods it runs. concerns is a template for a
    CEL condition: whether an object runs an image with one of the $words (a regular expression) in its name.
    It is quick, and false for nearly everything in a cluster.
    """

    subject: str
    suffix: str
    resources: tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]], ...]
    before: tuple[tuple[str, str], ...]
    pod_variables: tuple[tuple[str, str], ...]
    runs: Template
    concerns: Template
    each: str = ""

    @property
    def variables(self) -> tuple[tuple[str, str], ...]:
        """All variables, in order."""
        return (*self.before, *self.place_variables(self.pod_variables))

    def place_variables(self, pod_variables: Sequence[tuple[str, str]]) -> Sequence[tuple[str, str]]:
        """Return variables of the Pod view in the form that follows the variables before them."""
        return _for_each(self.each, list(pod_variables)) if self.each else pod_variables


def read_views(catalog: Catalog) -> tuple[View, ...]:
    """Return the Pod view and the HelmRelease view. Raises RuleError where one cannot be read."""
    pod = build_view_variables(read_view("pod"), catalog.facts, leveled=True)
    release = build_view_variables(read_view("helmrelease"), {}, leveled=True)
    return (
        View(
            subject="Pod",
            suffix="",
            resources=tuple(_matched(group) for group in dict.fromkeys(k.group for k in BUILT_IN.values())),
            before=(),
            pod_variables=tuple(pod),
            runs=Template(_POD_RUNS),
            concerns=Template(_POD_CONCERNS),
        ),
        View(
            subject="HelmRelease",
            suffix="-helmrelease",
            resources=(
                ("helm.toolkit.fluxcd.io", ("v2", "v2beta2", "v2beta1"), ("helmreleases",), ("HelmRelease",)),
            ),
            before=tuple(release),
            pod_variables=tuple(pod),
            each="workloads",
            runs=Template(_RELEASE_RUNS),
            concerns=Template(_RELEASE_CONCERNS),
        ),
    )


def _matched(group: str) -> tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return an API group's kinds that run Pods, in the form of View.resources."""
    kinds = [kind for kind in BUILT_IN.values() if kind.group == group]
    resources = [kind.resource for kind in kinds]
    if "pods" in resources:
        resources.insert(resources.index("pods") + 1, "pods/ephemeralcontainers")
    return group, ("v1",), tuple(resources), tuple(kind.kind for kind in kinds)


def _for_each(source: str, variables: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return variables that do for each item of a list what the given ones do for one object.

    The first variable is the item itself. Each other one becomes a list whose items also carry those earlier
    values that a later one needs. The last variable is a list of at most one item; its results are joined
    into one list.
    """
    (first, _), *others = variables
    names = [first, *(name for name, _ in others)]
    needs = [list_members("variables", text) for _, text in others]
    lifted = []
    for number, (name, expression) in enumerate(others, start=1):
        own = replace_members(
            expression, "variables", lambda member: f"lifted.{member}" if member in names else None
        )
        before = (
            f"variables.{names[number - 1]}"
            if number > 1
            else f'variables.{source}.map(lifted, {{"{first}": dyn(lifted)}})'
        )
        if number < len(others):
            needed = set().union(*needs[number:])
            entries = [f'"{earlier}": lifted.{earlier}' for earlier in names[:number] if earlier in needed]
            entries.append(f'"{name}": dyn({own})')
            lifted.append((name, f"{before}.map(lifted, {{{', '.join(entries)}}})"))
        else:
            lifted.append(
                (name, f"{before}.map(lifted, {own}).filter(found, found.size() > 0).map(found, found[0])")
            )
    return lifted
