"""The charts of TrueCharts, on their common library."""
