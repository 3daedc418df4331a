"""Argo CD: what Applications and ApplicationSets apply and install."""
