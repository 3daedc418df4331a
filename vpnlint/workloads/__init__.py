"""Workloads: the objects that run Pods."""
