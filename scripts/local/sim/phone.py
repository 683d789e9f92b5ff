"""The person's side: what the phone page does becomes webhooks, and the chat comes back as a stream."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

from pydantic import Field, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from scripts.local.sim import waha_wire
from scripts.local.sim.answers import model, number, required
from scripts.local.sim.chats import Ack, Chat, ChatMessage, Chats
from scripts.local.sim.directory import SIMULATED, Directory
from scripts.local.sim.settings import LoadedTenant, SimSettings
from scripts.local.sim.webhooks import Webhooks
from shared.errors import Rejected
from shared.models.tenant import Channel, KnowledgeEntry, Slug, Strict

#: A stream says something at least this often (s), and ends after this long: the page opens the next one.
HEARTBEAT = 15.0
STREAM_LIFE = 300.0
SUGGESTIONS = 4


class Here(Strict):
    """Who is meant: the person `peer` on a tenant's channel."""

    tenant: Slug
    channel: Slug = "waha"
    peer: str = Field(min_length=1, max_length=64)


class Place(Strict):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str = Field("", max_length=200)


class Said(Here):
    """A message of the person, or with `staff` one typed on the organisation's own phone to that person."""

    text: str = Field("", max_length=20_000)
    name: str = Field("", max_length=100)
    location: Place | None = None
    staff: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Said:
        if not self.text.strip() and self.location is None:
            raise ValueError("expected text or location")
        return self


class Phone:
    """What the page asks: `say` at the address itself, `routes` below it."""

    def __init__(
        self,
        settings: SimSettings,
        directory: Directory,
        db: sqlite3.Connection,
        chats: Chats,
        webhooks: Webhooks,
    ) -> None:
        self._clock = settings.clock
        self._directory = directory
        self._db = db
        self._chats = chats
        self._webhooks = webhooks

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/read", self._read, methods=["POST"]),
            Route("/chat", self._chat, methods=["GET"]),
            Route("/stream", self._stream, methods=["GET"]),
            Route("/tenants", self._tenants, methods=["GET"]),
        ]

    async def say(self, request: Request) -> Response:
        """A message from the phone: kept, posted to the webhook, ticked."""
        said = await model(request, Said)
        channel, chat = self._locate(said.tenant, said.channel, said.peer)
        message = self._message(said)
        with self._db:
            self._chats.add(chat, message)
        self._chats.changed(chat)
        session = str(channel.settings.get("session", "default"))
        posted = await self._webhooks.post(channel, waha_wire.message_event(session, chat, message))
        if not posted.accepted:
            self._chats.fail(chat, message.id)
        else:
            self._chats.acknowledge(chat, Ack.DEVICE, author=message.author, ids=[message.id])
        return JSONResponse({"id": message.id, "webhook_status": posted.status, "ms": posted.ms})

    def _message(self, said: Said) -> ChatMessage:
        detail: dict[str, Any] = {"name": said.name} if said.name else {}
        if said.location:
            place = said.location
            detail["location"] = {
                "latitude": str(place.latitude),
                "longitude": str(place.longitude),
                "name": place.name,
            }
        return ChatMessage(
            id=waha_wire.new_id(),
            author="staff" if said.staff else "person",
            at=self._clock.now().timestamp(),
            kind="location" if said.location else "text",
            text=said.text,
            detail=detail,
            ack=Ack.SERVER,
        )

    async def _read(self, request: Request) -> Response:
        """The person looks at the chat: the blue ticks of what we sent."""
        here = await model(request, Here)
        _, chat = self._locate(here.tenant, here.channel, here.peer)
        unread = [
            each for each in self._chats.messages(chat) if each.author == "concierge" and each.ack < Ack.READ
        ]
        await asyncio.gather(*(self._webhooks.acknowledge(chat, each.id, Ack.READ) for each in unread))
        return JSONResponse({"read": len(unread)})

    async def _chat(self, request: Request) -> Response:
        _, chat = self._locate(*required(request, "tenant", "channel", "peer"))
        return JSONResponse(self._news(chat, int(number(request, "since"))))

    async def _stream(self, request: Request) -> Response:
        """Server-sent events, each the chat's news since the one before
        (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
        _, chat = self._locate(*required(request, "tenant", "channel", "peer"))
        last = request.headers.get("last-event-id", "")
        since = int(last) if last.isascii() and last.isdigit() else int(number(request, "since"))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._events(chat, since), media_type="text/event-stream", headers=headers)

    async def _events(self, chat: Chat, since: int) -> AsyncIterator[str]:
        loop = asyncio.get_running_loop()
        end = loop.time() + STREAM_LIFE
        with self._chats.watch(chat) as changed:
            yield "retry: 500\n\n"
            while loop.time() < end:
                changed.clear()
                news = self._news(chat, since)
                since = news["next"]
                yield f"id: {since}\ndata: {json.dumps(news, ensure_ascii=False)}\n\n"
                wait = self._chats.typing(chat) or HEARTBEAT
                try:
                    await asyncio.wait_for(changed.wait(), min(wait, HEARTBEAT))
                except TimeoutError:
                    continue

    def _news(self, chat: Chat, since: int) -> dict[str, Any]:
        messages = self._chats.messages(chat, since)
        return {
            "messages": [asdict(each) for each in messages],
            "next": max((each.rev for each in messages), default=since),
            "typing": self._chats.typing(chat) > 0,
        }

    async def _tenants(self, _: Request) -> Response:
        return JSONResponse({"tenants": [_tenant(each) for each in self._directory.tenants()]})

    def _locate(self, tenant: str, channel: str, peer: str) -> tuple[Channel, Chat]:
        _, found = self._directory.find(tenant, channel)
        if found.kind not in SIMULATED:
            raise Rejected(
                400, f"channel: {found.kind} has no simulated gateway (expected {', '.join(SIMULATED)})"
            )
        return found, Chat(tenant, channel, waha_wire.chat_id(peer))


def _tenant(loaded: LoadedTenant) -> dict[str, Any]:
    channel = next(each.channel for each in loaded.channels if each.kind in SIMULATED)
    return {
        "tenant": loaded.tenant.tenant,
        "name": loaded.tenant.name,
        "languages": loaded.tenant.languages,
        "channel": channel,
        "suggestions": _suggestions(loaded),
    }


def _suggestions(loaded: LoadedTenant) -> list[str]:
    """A few questions that this tenant can answer: each of another topic, its languages in turn."""
    by_topic: dict[str, KnowledgeEntry] = {}
    for entry in loaded.knowledge:
        by_topic.setdefault(next(iter(entry.topic.values()), ""), entry)
    found = []
    for place, entry in enumerate(list(by_topic.values())[:SUGGESTIONS]):
        language = loaded.tenant.languages[place % len(loaded.tenant.languages)]
        wording = entry.wordings.get(language) or next(iter(entry.wordings.values()))
        found.append(wording.questions[0])
    return found
