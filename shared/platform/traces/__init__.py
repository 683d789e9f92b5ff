"""Where finished spans go: a callable that takes one, in microseconds, and never fails (platform/tracing).

Adapters: `log` (lines for the local run's view) and `otlp` (a collector of OpenTelemetry's, and Cloud Trace).
"""
