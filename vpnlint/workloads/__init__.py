"""Derives the workloads of a repository: the objects that run Pods."""
