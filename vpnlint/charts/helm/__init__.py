"""Evaluates templates in values, and merges values, as Helm does."""
