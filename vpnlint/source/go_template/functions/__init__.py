"""The pure functions that templates call, one table for each kind."""
