"""The bus port: at-least-once delivery of small events to functions, as authenticated HTTP.

Adapters: `sqlite` (a durable queue that pushes over HTTP by itself) and `pubsub`. The receiving side is
the same for both: the Pub/Sub push envelope (`envelope.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Bus(Protocol):
    async def publish(self, topic: str, data: bytes, *, attributes: Mapping[str, str], key: str = "") -> str:
        """Returns the message's id once it is stored safely. Raises errors.Retry if the bus did not take it.

        Messages of one `key` are pushed in order, on topics that the manifest declares ordered.
        """
        ...

    async def reach(self) -> None:
        """Checks that the bus answers, without a publish. Raises errors.Retry if it does not."""
        ...
