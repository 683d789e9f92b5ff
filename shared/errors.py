"""What a failure means for whoever called us.

Exception
├── Drop        2xx  never again: nobody needs this event, and the reason says why
├── Retry       503  comes back: something that is expected to heal was ill
├── Rejected    4xx  the caller of an HTTP function is at fault, and is told how
└── (anything)  500  a bug: it is retried, then dead-lettered, never swallowed
"""

from __future__ import annotations


class Drop(Exception):
    """Nobody needs this event. `reason` is a short snake_case word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Retry(Exception):
    """Not now. `after` is the wait in seconds that the vendor asked for, where it did."""

    def __init__(self, reason: str, *, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class Rejected(Exception):
    """The HTTP caller is at fault: `status` is the 4xx, `detail` what was wrong and what was expected."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class ConfigurationError(Exception):
    """A setting, a file or a document is not what it must be: names it, its field and what was expected."""
