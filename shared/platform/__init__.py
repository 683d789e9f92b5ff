"""Ports and adapters, settings, logs, traces, and the HTTP endpoint of every function."""
