"""Argo CD: the objects and charts of Applications and ApplicationSets."""
