"""What a GitOps repository says beyond the one object: where a HelmRelease's chart comes from."""
