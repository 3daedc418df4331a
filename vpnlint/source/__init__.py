"""Parses YAML into Nodes that know their place in a file, and fills in Go templates."""
