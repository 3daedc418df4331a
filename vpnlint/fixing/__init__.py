"""From findings to edits of files: a rule's fix, carried back to the text that a person edits."""
