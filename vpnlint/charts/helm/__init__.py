"""Helm's template language and its way with values."""
