"""Programs for whoever works on vpnlint, run as `python -m tools.NAME`."""
