"""What the repository's owner and the command line ask for: `.vpnlint.yaml`, rule folders, paths."""
