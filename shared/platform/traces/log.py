"""Spans as log lines, which the local run shows beside a message."""

from __future__ import annotations

from datetime import UTC, datetime

from shared.platform import logs
from shared.platform.tracing import Span


def take(span: Span) -> None:
    """Logs a span in one line; `began` is ISO, `parent` is empty for the first of a trace."""
    logs.logger().info(
        "span",
        name=span.name,
        kind=span.kind,
        span=span.id,
        parent=span.parent,
        began=datetime.fromtimestamp(span.began / 1e9, UTC).isoformat(),
        ms=(span.ended - span.began) / 1e6,
        failed=span.failed,
        facts=[f"{name}={fact}" for name, fact in span.facts.items()],
    )
