"""A served stand-in for Concierge, with the simulated gateways of the local run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.fakes.stand_in import SECRETS, StandIn

PEER = "+221770000001"

CHAT = "221770000001@c.us"

TEXT = {"session": "default", "chatId": CHAT, "text": "Bonjour"}


Json = dict[str, Any]


class Bench:
    """A served stand-in for Concierge, and a client for it."""

    def __init__(self, concierge: StandIn, client: httpx.AsyncClient) -> None:
        self.concierge = concierge
        self.client = client

    async def waha(self, path: str, body: Any, *, tenant: str = "hotel", turn: str = "") -> httpx.Response:
        headers = {"X-Api-Key": SECRETS[f"{tenant}-key"], "X-Concierge-Turn": turn}
        method = "PUT" if path == "reaction" else "POST"
        return await self.client.request(method, f"/_sim/waha/api/{path}", json=body, headers=headers)

    async def listed(self, **query: str) -> list[Json]:
        headers = {"X-Api-Key": SECRETS["hotel-key"]}
        path = f"/_sim/waha/api/default/chats/{CHAT}/messages"
        answer = await self.client.get(path, params={"limit": "50"} | query, headers=headers)
        found: list[Json] = answer.json()
        return found

    async def outbox(self, since: int = 0) -> Json:
        answer: Json = (await self.client.get("/_sim/outbox", params={"since": since})).json()
        return answer

    async def say(self, text: str = "Bonjour", **more: Any) -> Json:
        body = {"tenant": "hotel", "channel": "waha", "peer": PEER, "text": text} | more
        answer: Json = (await self.client.post("/_sim/phone", json=body)).raise_for_status().json()
        return answer

    async def chat(self, **query: Any) -> Json:
        place = {"tenant": "hotel", "channel": "waha", "peer": PEER} | query
        answer: Json = (await self.client.get("/_sim/phone/chat", params=place)).json()
        return answer

    async def arm(self, **fault: Any) -> None:
        (await self.client.post("/_sim/faults", json={"channel": "waha"} | fault)).raise_for_status()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Waits until the condition holds. Raises AssertionError after five seconds."""
    for _ in range(500):
        if await holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the condition does not hold")
