"""Renders charts that vpnlint knows: a release's values to the objects that Helm would render."""
