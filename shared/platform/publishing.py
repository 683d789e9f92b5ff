"""Publishing of events, with the ids that every hop carries and a span."""

from __future__ import annotations

from pydantic import BaseModel

from shared.platform import tracing
from shared.platform.bus import Bus


class Publisher:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def publish(self, topic: str, event: BaseModel, *, key: str = "", **ids: str) -> None:
        """Publishes an event. Raises errors.Retry if the bus did not take it.

        `ids` (tenant, conversation, message …) become attributes; they are never personal data.
        """
        attributes = {name: value for name, value in ids.items() if value}
        attributes["kind"] = str(getattr(event, "kind", ""))
        if traceparent := tracing.traceparent():
            attributes["traceparent"] = traceparent
        data = event.model_dump_json(exclude_defaults=False).encode()
        with tracing.span(f"publish {topic}", "producer"):
            await self._bus.publish(topic, data, attributes=attributes, key=key)
