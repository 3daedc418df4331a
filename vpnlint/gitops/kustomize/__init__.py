"""Kustomize: from a kustomization.yaml to the objects that it builds."""
