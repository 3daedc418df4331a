"""A HelmRelease: its chart, its values and its post-renderers."""
