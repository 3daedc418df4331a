"""The site: Markdown made of what vpnlint itself reads, so that nothing on it is written twice (`make docs`)."""
