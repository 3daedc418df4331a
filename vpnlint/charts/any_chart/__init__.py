"""Any other chart, rendered by the helm program."""
