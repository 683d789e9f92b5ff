"""The secrets port. Adapters: `environment` (variables or a .env file) and `secret_manager`."""

from __future__ import annotations

from typing import Protocol


class Secrets(Protocol):
    async def get(self, name: str) -> str:
        """Returns the current value, at most a minute old, so that a rotated secret needs no deploy.

        Raises ConfigurationError if it does not exist, errors.Retry if it is unavailable.
        """
        ...
