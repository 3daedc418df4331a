"""Workloads → findings: asks every rule and puts each answer at its place in a file."""
