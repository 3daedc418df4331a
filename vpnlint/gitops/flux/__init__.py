"""Flux: its entry points, Kustomizations, variable substitution and ResourceSets."""
