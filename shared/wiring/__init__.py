"""Wiring: the ports with their adapters, and the parts of each function."""
