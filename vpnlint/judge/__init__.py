"""Workloads to findings: every rule asked, every answer put at its place."""
