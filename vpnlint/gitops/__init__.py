"""Flux, Kustomize and Argo CD: the objects that they apply to each cluster of a repository."""
