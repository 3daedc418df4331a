"""`vpnlint lsp`: findings, explanations and fixes in an editor, by the Language Server Protocol."""
