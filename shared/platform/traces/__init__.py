"""Adapters for finished spans: each is a callable that takes one span, in microseconds, and never fails.

`log` writes lines for the local run's view; `otlp` sends to an OpenTelemetry collector or Cloud Trace.
"""
