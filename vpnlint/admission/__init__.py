"""The rules as admission policies: Kyverno's, and those of Kubernetes itself."""
