"""The site (`make docs`): Markdown made of what vpnlint itself reads, so that nothing is written twice."""
