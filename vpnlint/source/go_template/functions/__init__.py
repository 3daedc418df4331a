"""The pure functions that templates call, in one table for each kind."""
