"""Go's text/template, for whatever a repository templates with it.

Its users: ResourceSets (`<< >>`), ApplicationSets, the `{{ }}` in a chart's values, a chart's own templates.

syntax parses a template, render fills it in with data, dialects holds the functions that each of these
programs offers. What depends on a cluster, the time, chance or a network raises Undecidable: the caller then
says that the result is not known.
"""
