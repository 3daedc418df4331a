"""Fills in templates of Go's text/template, for everything in a repository that uses them.

These are ResourceSets (`<< >>`), ApplicationSets, the `{{ }}` in a chart's values, and a chart's own
templates. syntax parses a template, render fills it in with data, and dialects lists the functions that each
of these programs offers. Anything that depends on a cluster, the time, chance or a network raises
Undecidable; the caller then reports that the result is unknown.
"""
