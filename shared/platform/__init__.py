"""Ports and adapters, settings, logs, the endpoint, and the wiring that plugs them together."""
