"""What Flux, Kustomize and Argo CD make of a repository: the objects of each cluster."""
