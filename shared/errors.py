"""The errors, and their answer to the caller (a gateway or the bus).

Exception
├── Drop        2xx  no redelivery: the event is not needed, for the reason given
├── Retry       503  redelivery: a temporary failure
├── Rejected    4xx  an error of the caller of an HTTP function, explained in the answer
└── (any other) 500  a bug: it is retried, then dead-lettered, never swallowed
"""

from __future__ import annotations


class Drop(Exception):
    """An event that is not needed. `reason` is a short snake_case word for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Retry(Exception):
    """A temporary failure. `after` is the wait in seconds if the vendor asked for one, else None."""

    def __init__(self, reason: str, *, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class Rejected(Exception):
    """An error of the HTTP caller: `status` is the 4xx, `detail` names the error and the expected value."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


class ConfigurationError(Exception):
    """A wrong setting, file or document: the message names it, its field and the expected value."""
