"""The secrets port. Adapters: `environment` (variables or a .env file) and `secret_manager`."""

from __future__ import annotations

from typing import Protocol


class Secrets(Protocol):
    async def get(self, name: str) -> str:
        """The value in force, at most a minute old, so that a rotated secret is taken up without a deploy.
        Raises ConfigurationError where there is none, errors.Retry where it cannot be asked for now."""
        ...
