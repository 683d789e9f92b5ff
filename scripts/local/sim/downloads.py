"""Downloads of files that the concierge sends by address, made once by the gateway.

The phone page then loads files from the simulation only.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import logging

import httpx

from scripts.local.vendors.chats import Chat, ChatMessage
from scripts.local.vendors.files import LIMIT
from scripts.local.vendors.gateway import Network

#: How long (s) a download may take.
DEADLINE = 10.0

log = logging.getLogger(__name__)


async def fetch(client: httpx.AsyncClient, network: Network, chat: Chat, said: ChatMessage) -> None:
    """Downloads the message's file and attaches it. If that fails, the message keeps only the file's name."""
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
    """Returns the file and the media type that its server declares. Raises ValueError if it is too large or
    the address is not valid."""
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
