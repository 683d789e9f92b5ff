"""What a network asks of those who write there: how soon, how fast, and how long "typing…" stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Pace:
    """How fast one person may be written to: `burst` messages at once, one each `every` in the long run. A
    burst is borrowed from the time after it."""

    burst: int
    every: timedelta

    def take(self, spent: datetime | None, messages: int, now: datetime) -> tuple[datetime, datetime]:
        """When the last of so many messages may go, and until when the pace is spent then: what the next
        ones are asked with. The generic cell rate algorithm (ITU-T I.371): it needs no list of the past."""
        until = max(spent or now, now) + self.every * messages
        return max(now, until - self.every * self.burst), until


@dataclass(frozen=True)
class Terms:
    """`window`: how long after the person's last message they may be written to freely, None where there is
    no end to it; `pace`: None where the gateway sees to it; `typing`: how long "typing…" stays (s)."""

    window: timedelta | None = None
    pace: Pace | None = None
    typing: float = 25.0
