"""Dispatch of inbound events in the function `reply`: finds the tenant and calls the event's handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from shared.conversation.merging import Merging
from shared.errors import Drop
from shared.models.events import FetchMedia, InboundEvent, MessageReceived, Reflect, Wake
from shared.models.tenant import Tenant
from shared.tenants.directory import Directory

#: Handlers by type of event. Each may raise Drop if the event is not needed any more, and Retry.
Handlers = Mapping[type[Any], Callable[[Tenant, Any], Awaitable[None]]]


class Reply:
    def __init__(self, directory: Directory, merging: Merging, handlers: Handlers) -> None:
        self._directory, self._merging, self._handlers = directory, merging, handlers

    async def handle(self, event: InboundEvent) -> None:
        """Handles an event. Raises Drop if it is not needed any more, Retry if it must come back."""
        tenant = await self._directory.tenant(event.tenant)
        if tenant is None:
            raise Drop("tenant_is_gone")
        if not isinstance(
            event, MessageReceived | Wake | FetchMedia | Reflect
        ):  # intake reads a message's identities
            await self._merging.unite(event)
        await self._handlers[type(event)](tenant, event)
