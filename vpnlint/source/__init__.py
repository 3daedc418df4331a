"""YAML text to Nodes that know where they stand, and edits of such text."""
