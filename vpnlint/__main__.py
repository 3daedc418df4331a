"""`python -m vpnlint`."""

from vpnlint.cli import main

raise SystemExit(main())
