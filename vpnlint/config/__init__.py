"""Configuration: `.vpnlint.yaml`, folders of rules, and the paths to read."""
