"""Charts that vpnlint derives itself: from a release's values to the objects that Helm would render."""
