"""HelmRelease values → the Kubernetes objects that the chart makes of them, each field knowing its origin."""
