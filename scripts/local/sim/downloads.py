"""What the concierge sends by its address: a gateway fetches it once, so that the phone loads nothing from
elsewhere."""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging

import httpx

from scripts.local.vendors.chats import Chat, ChatMessage
from scripts.local.vendors.files import LIMIT
from scripts.local.vendors.gateway import Network

#: For how long (s) a gateway tries.
DEADLINE = 10.0

log = logging.getLogger(__name__)


async def fetch(client: httpx.AsyncClient, network: Network, chat: Chat, said: ChatMessage) -> None:
    """Puts the file into its message. One that cannot be had stays a name."""
    file = said.detail["file"]
    try:
        async with asyncio.timeout(DEADLINE):
            data, mimetype = await _bytes(client, file["source"])
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
        log.warning("a file for %s/%s was not fetched: %s", chat.tenant, chat.channel, type(error).__name__)
        return
    stored = network.files.add(file["mimetype"] or mimetype, file["filename"], data)
    network.chats.attach(chat, said.id, file | {"id": stored.id, "mimetype": stored.mimetype})


async def _bytes(client: httpx.AsyncClient, source: str) -> tuple[bytes, str]:
    """The file, and the type that its server says it has. Raises ValueError for one that is too large, or is
    no address."""
    if source.startswith("data:"):
        try:
            return base64.b64decode(source.partition(",")[2], validate=True), ""
        except binascii.Error as error:
            raise ValueError("not base64") from error
    if not source.startswith(("http://", "https://")):
        raise ValueError("not an address")
    data = bytearray()
    async with client.stream("GET", source) as answer:
        answer.raise_for_status()
        async for chunk in answer.aiter_bytes():
            data += chunk
            if len(data) > LIMIT:
                raise ValueError("too large")
    return bytes(data), answer.headers.get("content-type", "application/octet-stream")
