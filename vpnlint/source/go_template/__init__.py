"""Go's text/template with the pure functions of sprig.

For ResourceSets, ApplicationSets and the templates of charts.

What depends on a cluster, the time, chance or a network is Undecidable: the caller says that it does not
know.
"""
