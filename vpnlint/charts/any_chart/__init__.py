"""Renders any other chart with the helm program."""
