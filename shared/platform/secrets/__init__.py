"""The secrets port. Adapters: `environment` (variables or a .env file) and `secret_manager`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

#: How long the values before the newest verify signatures: time to change a key at a gateway.
OVERLAP = timedelta(days=1)
#: Most earlier values that do: one, and one that was entered wrong.
EARLIER = 2


class Secrets(Protocol):
    async def get(self, name: str) -> str:
        """Returns the current value, at most a minute old, so that a rotated secret needs no deploy.

        Raises ConfigurationError if it does not exist, errors.Retry if it is unavailable.
        """
        ...

    async def others(self, name: str) -> Sequence[str]:
        """Returns other values that senders may sign with while a secret is rotated, newest first.

        These are the newest value, if it is newer than the one of `get`, and for OVERLAP after a rotation the
        at most EARLIER enabled values before it. Asked only about a sender that `get`'s value does not
        verify; without an answer from the secret store there are none.
        """
        ...
