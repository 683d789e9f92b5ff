"""A clock that runs ahead of the system's, for the local run: several processes share how far, in a file."""

from __future__ import annotations

import mmap
import struct
from datetime import datetime, timedelta
from pathlib import Path

from shared.errors import ConfigurationError
from shared.platform.clock import SystemClock

_SECONDS = struct.Struct("<d")


class ShiftedClock(SystemClock):
    """The system's clock plus the seconds in a file, a double of eight bytes.

    The file is mapped, so that a change is seen at once by every process. Raises ConfigurationError if there
    is no such file.
    """

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._shift = mmap.mmap(file.fileno(), _SECONDS.size, access=mmap.ACCESS_READ)
        except (OSError, ValueError):  # ValueError: shorter than a number
            raise ConfigurationError(
                f"environment: CONCIERGE_CLOCK: {path} is not the file of a local run's clock"
            ) from None

    def now(self) -> datetime:
        return super().now() + self.shift

    @property
    def shift(self) -> timedelta:
        """How far it runs ahead."""
        return timedelta(seconds=_SECONDS.unpack(self._shift[:])[0])


def shift(path: Path, by: timedelta) -> None:
    """Sets how far the clocks of this file run ahead; makes the file if it is missing."""
    with path.open("r+b" if path.exists() else "wb", buffering=0) as file:
        file.write(_SECONDS.pack(by.total_seconds()))
