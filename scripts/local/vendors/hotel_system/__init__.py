"""The hotel's own system, simulated."""
