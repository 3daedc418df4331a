"""The same rules as admission policies."""
