"""A stand-in for the functions behind the simulated gateways.

Receives WAHA's webhooks, keeps the documents, shows "read" and "typing…", and answers each message with its
words in bold. It has no turns.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from scripts.local import sim
from shared.conversation.conversation import Conversation
from shared.conversation.groups import Presence, Session
from shared.models.message import Inbound, Outbound, Outcome, SentPart, Status
from shared.models.parts import Text
from shared.models.people import Identity
from shared.models.tenant import Channel, KnowledgeEntry, Tenant, Wording
from shared.platform.store.sqlite import SqliteStore

SECRETS = {
    "hotel-key": "hotel-api-key",
    "diocese-key": "diocese-api-key",
    "hook": "local-secret",
}


class Loaded(NamedTuple):
    tenant: Tenant
    channels: list[Channel]
    knowledge: list[KnowledgeEntry]


def tenants() -> list[Loaded]:
    """Returns two organisations with a WAHA channel each, and a few questions."""
    return [
        _tenant("diocese", "Service de la catéchèse", ["fr"], ["À quel âge commence le catéchisme ?"]),
        _tenant("hotel", "Hôtel Les Filaos", ["en", "fr"], ["What time is breakfast?", "Is there a pool?"]),
    ]


def _tenant(name: str, title: str, languages: list[str], questions: list[str]) -> Loaded:
    secrets = {"api_key": f"{name}-key", "hmac_key": "hook"}
    channels = [
        Channel(tenant=name, channel="waha", kind="waha", settings={"session": "default"}, secrets=secrets),
        Channel(tenant=name, channel="webchat", kind="webchat"),
    ]
    knowledge = [
        KnowledgeEntry(
            tenant=name,
            entry=f"entry-{place}",
            topic={languages[0]: f"topic {place}"},
            wordings={languages[0]: Wording(questions=[question], answer="…")},
        )
        for place, question in enumerate(questions)
    ]
    return Loaded(Tenant(tenant=name, name=title, languages=languages), channels, knowledge)


@asynccontextmanager
async def standing_in(folder: Path) -> AsyncIterator[StandIn]:
    """Yields a served stand-in on a free port. Its socket listens from the first moment."""
    listener = socket.create_server(("127.0.0.1", 0))
    stand_in = StandIn(folder, f"http://127.0.0.1:{listener.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(stand_in.app, log_config=None, timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield stand_in
    finally:
        server.should_exit = True
        await running


class StandIn:
    """The simulation and its stand-in on one origin: `app` serves both.

    `silent` stops answers, `status` is the webhook's answer, `events` are the verified webhooks.
    """

    def __init__(self, folder: Path, origin: str) -> None:
        self.origin = origin
        self.store = SqliteStore(folder / "store.db")
        self.journal = sim.Journal()
        self.settings = sim.SimSettings(
            store=self.store,
            calls_path=folder / "calls.db",
            origin=origin,
            tenants=tenants(),
            secret=self._secret,
            journal=self.journal,
        )
        self.simulation = sim.create(self.settings)
        webhook = Route("/webhook/{tenant}/{channel}", self._webhook, methods=["POST"])
        self.app = Starlette(routes=[webhook, Mount("/", self.simulation)], lifespan=self._lifespan)
        self.events: list[dict[str, Any]] = []
        self.silent = False
        self.status = 200
        self._numbers = itertools.count(1)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self.simulation.router.lifespan_context(self.simulation):
            yield

    async def _secret(self, name: str) -> str:
        return SECRETS[name]

    async def _webhook(self, request: Request) -> Response:
        body = await request.body()
        expected = hmac.new(b"local-secret", body, hashlib.sha512).hexdigest()
        if request.headers.get("x-webhook-hmac") != expected:
            return Response(status_code=401)
        event = json.loads(body)
        if self.status == 200:
            self.events.append(event)
            await self._handle(request.path_params["tenant"], event)
        return Response(status_code=self.status)

    async def _handle(self, tenant: str, event: dict[str, Any]) -> None:
        if event["event"] == "message" and not self.silent:
            await self._answer(tenant, event["payload"])
        if event["event"] == "message.any":
            await self._hand_over(tenant, event["payload"])

    async def _answer(self, tenant: str, payload: dict[str, Any]) -> None:
        chat, message, number = payload["from"], payload["id"].split("_")[2], next(self._numbers)
        turn = f"turn-{number}"
        self._log(tenant, "webhook", time.perf_counter(), message=message, published=["inbound"])
        began = time.perf_counter()
        inbound = self._inbound(tenant, chat, message, payload, turn)
        conversation = await self._conversation(tenant, chat)
        wrote = [inbound.location(), conversation.location()]
        reply = {"topic": "inbound", "message": message, "wrote": wrote, "reads": 3}
        if conversation.staff.human:
            inbound.outcome, inbound.turn = Outcome.LEFT_TO_HUMAN, ""
            await self.store.put(inbound)
            self._log(tenant, "reply", began, **reply)
            return
        answer = f"You wrote *{payload['body']}*\nSee https://example.org/{number}."
        await self._call(tenant, "sendSeen", chatId=chat, messageIds=[payload["id"]])
        await self._call(tenant, "startTyping", chatId=chat)
        await self.store.put(inbound)
        await self.store.put(_outbound(inbound, answer, number))
        self._log(tenant, "reply", began, published=["outbound"], **reply)
        began = time.perf_counter()
        await self._call(tenant, "sendText", turn=turn, chatId=chat, text=answer)
        self._log(tenant, "deliver", began, topic="outbound", message=turn, reads=1)

    async def _hand_over(self, tenant: str, payload: dict[str, Any]) -> None:
        conversation = await self._conversation(tenant, payload["to"])
        now = datetime.now(UTC)
        conversation.staff.human = Presence(since=now, until=now + timedelta(hours=1), source="phone")
        conversation.why = "a human wrote on the organisation's phone"
        await self.store.put(conversation)

    async def _call(self, tenant: str, operation: str, *, turn: str = "", **body: Any) -> None:
        headers = {"X-Api-Key": SECRETS[f"{tenant}-key"], "X-Concierge-Turn": turn}
        async with httpx.AsyncClient(base_url=self.origin, headers=headers) as client:
            await client.post(f"/_sim/waha/api/{operation}", json={"session": "default", **body})

    async def _conversation(self, tenant: str, chat: str) -> Conversation:
        digits = chat.split("@")[0]
        name = f"waha.c-{digits}"
        known = await self.store.get(Conversation, tenant=tenant, conversation=name)
        if known:
            return known
        now = datetime.now(UTC)
        identity = f"whatsapp:lid-{digits}" if chat.endswith("@lid") else f"whatsapp:+{digits}"
        await self.store.put(Identity(tenant=tenant, identity=identity, contact=f"c-{digits}"))
        fresh = Conversation(
            tenant=tenant,
            conversation=name,
            channel="waha",
            contact=f"c-{digits}",
            chat=chat,
            updated_at=now,
            session=Session(id="s-1", started_at=now, last_at=now),
        )
        await self.store.put(fresh)
        return fresh

    def _inbound(self, tenant: str, chat: str, message: str, payload: dict[str, Any], turn: str) -> Inbound:
        return Inbound(
            tenant=tenant,
            conversation=f"waha.c-{chat.split('@')[0]}",
            message=message,
            gateway_id=message,
            channel="waha",
            text=payload["body"],
            parts=[Text(text=payload["body"])],
            at=datetime.fromtimestamp(payload["timestamp"], UTC),
            received_at=datetime.now(UTC),
            outcome=Outcome.ANSWERED,
            turn=turn,
        )

    def _log(self, tenant: str, function: str, began: float, **facts: Any) -> None:
        line = {"topic": "", "status": 204, "reads": 0, "wrote": [], "published": []} | facts
        ms = round((time.perf_counter() - began) * 1000, 2)
        moment = datetime.now(UTC).isoformat()
        self.journal.add(
            {"event": "handled", "time": moment, "function": function, "tenant": tenant, "ms": ms, **line}
        )


def _outbound(inbound: Inbound, answer: str, number: int) -> Outbound:
    return Outbound(
        tenant=inbound.tenant,
        conversation=inbound.conversation,
        message=inbound.turn,
        channel="waha",
        text=answer,
        to=inbound.gateway_id,
        parts=[SentPart(part=Text(text=answer), status=Status.SENT)],
        at=datetime.now(UTC),
        seq=number,
        status=Status.SENT,
        open=False,
    )
