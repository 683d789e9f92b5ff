"""The terms of a network: its window for free messages, its pace, and how long "typing…" stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Pace:
    """A pace of messages: `burst` at once, and one per `every` in the long run.

    A burst uses up the time after it.
    """

    burst: int
    every: timedelta

    def take(self, spent: datetime | None, messages: int, now: datetime) -> tuple[datetime, datetime]:
        """Returns the time at which the last of the messages may go, and the next call's `spent`.

        `spent` is the time until which the pace is used up. This is the generic cell rate algorithm
        (ITU-T I.371), which needs no list of past messages.
        """
        until = max(spent or now, now) + self.every * messages
        return max(now, until - self.every * self.burst), until


@dataclass(frozen=True)
class Terms:
    """The terms of a network.

    `window` is the time after the person's last message in which we may write freely, None if it has no end;
    `pace` is None if the gateway enforces it; `typing` is the number of seconds for which "typing…" stays.
    `begun` is the pace of messages that we begin, to all people of a channel together; `strangers` says
    whether such a message may be the first one to a person, and `pushes` whether it reaches a person who is
    not looking. `voice` says whether it shows voice notes.
    """

    window: timedelta | None = None
    pace: Pace | None = None
    typing: float = 25.0
    begun: Pace | None = None
    strangers: bool = False
    pushes: bool = True
    voice: bool = True
