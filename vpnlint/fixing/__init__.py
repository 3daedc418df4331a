"""Findings to edits of files: what a rule proposes, carried back to the text that a person edits."""
