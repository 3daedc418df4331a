"""The charts of k8s-at-home, on their common library."""
