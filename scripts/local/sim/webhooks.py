"""The gateways' calls to our webhook: signed events for a person's actions, and receipts for our messages."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Coroutine
from typing import Any, NamedTuple

import httpx

from scripts.local.sim import downloads
from scripts.local.sim.directory import Directory
from scripts.local.sim.settings import SimSettings
from scripts.local.vendors.chats import Ack, Chat, ChatMessage
from scripts.local.vendors.gateway import Json, Network
from scripts.local.vendors.registry import GATEWAYS
from shared.models.tenant import Channel

#: How long the gateway waits for our response, and the time between a message's ticks (s).
DEADLINE = 15.0
BETWEEN_TICKS = 0.15

log = logging.getLogger(__name__)


class Posted(NamedTuple):
    """The result of a webhook call; `status` is 0 if there was no response."""

    status: int
    ms: float

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


class Webhooks:
    """Posts events to `<origin>/webhook/<tenant>/<channel>`, with one client for all."""

    def __init__(self, settings: SimSettings, directory: Directory, network: Network) -> None:
        self._settings = settings
        self._directory = directory
        self._network = network
        self._client = httpx.AsyncClient(base_url=settings.origin, timeout=DEADLINE, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()

    async def post(self, channel: Channel, event: Json) -> Posted:
        """Signs the event and posts it once, as the gateway would."""
        gateway = GATEWAYS[channel.kind]
        body = json.dumps(event, ensure_ascii=False).encode()
        key = await self._settings.secret(channel.secrets[gateway.secret])
        headers = gateway.headers(key, event, body)
        began = time.perf_counter()
        path = f"/webhook/{channel.tenant}/{channel.channel}"
        try:
            status = (await self._client.post(path, content=body, headers=headers)).status_code
        except httpx.HTTPError as error:
            log.warning("webhook %s gave no answer: %s", path, type(error).__name__)
            status = 0
        return Posted(status, round((time.perf_counter() - began) * 1000, 1))

    def follow(self, chat: Chat, said: ChatMessage) -> None:
        """Starts the ticks and the file's download of our message, in the background. The ticks say that it
        reached the network, then the phone. Only in chats that a phone uses, so that a scripted test gets no
        unexpected receipts."""
        if self._network.chats.wrote(chat):
            self._start(self._tick(chat, said))
            if "source" in said.detail.get("file", {}):
                self._start(downloads.fetch(self._client, self._network, chat, said))

    async def acknowledge(self, chat: Chat, said: ChatMessage, ack: int) -> None:
        """Raises the message's ticks and posts the receipt.

        A receipt that fails is not repeated: real ones get lost too.
        """
        if not self._network.chats.acknowledge(chat, ack, author="concierge", ids=[said.id]):
            return
        _, channel = self._directory.find(chat.tenant, chat.channel)
        now = self._network.clock.now().timestamp()
        event = GATEWAYS[channel.kind].receipt(channel, chat, said, ack, now)
        if event is None:
            return
        posted = await self.post(channel, event)
        if not posted.accepted:
            log.warning("receipt for %s/%s was answered %d", chat.tenant, chat.channel, posted.status)

    async def close(self) -> None:
        """Cancels running tasks and closes the client."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    async def _tick(self, chat: Chat, said: ChatMessage) -> None:
        for ack in (Ack.SERVER, Ack.DEVICE):
            await asyncio.sleep(BETWEEN_TICKS)
            await self.acknowledge(chat, said, ack)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("ticks or download of a message failed: %s", type(error).__name__, exc_info=error)
