"""Baserow, simulated."""
