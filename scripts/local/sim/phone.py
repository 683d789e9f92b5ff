"""The person's side: actions on the phone page become webhooks, and the chat comes back as a stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from scripts.local.sim import suggestions
from scripts.local.sim.directory import PAGE, Directory, usable
from scripts.local.sim.said import Here, Said
from scripts.local.sim.settings import LoadedTenant
from scripts.local.sim.webhooks import Webhooks
from scripts.local.vendors.chats import Ack, Chat, ChatMessage
from scripts.local.vendors.files import LIMIT
from scripts.local.vendors.gateway import Gateway, Json, Network
from scripts.local.vendors.registry import GATEWAYS
from scripts.local.vendors.requests import model, number, required
from shared.errors import Rejected
from shared.models.tenant import Channel
from shared.platform.endpoint import read

#: A stream sends an event at least this often (s), and ends after this long: the page opens the next one.
HEARTBEAT = 15.0
STREAM_LIFE = 300.0
#: Headers that keep a received file from running scripts in the page's origin.
_SANDBOXED = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}


class Phone:
    """The page's API: `say` at the address itself, `routes` below it."""

    def __init__(self, directory: Directory, network: Network, webhooks: Webhooks) -> None:
        self._directory = directory
        self._network = network
        self._chats = network.chats
        self._webhooks = webhooks

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/read", self._read, methods=["POST"]),
            Route("/chat", self._chat, methods=["GET"]),
            Route("/stream", self._stream, methods=["GET"]),
            Route("/tenants", self._tenants, methods=["GET"]),
            Route("/files", self._keep, methods=["POST"]),
            Route("/files/{file}", self._show, methods=["GET"]),
        ]

    async def say(self, request: Request) -> Response:
        """Takes a message from the phone: stores it, posts it to the webhook, sets its ticks."""
        said = await model(request, Said)
        channel, gateway, chat = self._locate(said.tenant, said.channel, said.peer)
        if said.staff and not gateway.staff:
            raise Rejected(400, f"staff: {channel.kind} has no phone of the organisation to write from")
        message = self._message(said, gateway, chat)
        event = gateway.event(channel, chat, message, self._network)
        with self._network.db:
            self._chats.add(chat, message)
        self._chats.changed(chat)
        posted = await self._webhooks.post(channel, event)
        if not posted.accepted:
            self._chats.fail(chat, message.id)
        else:
            self._chats.acknowledge(chat, Ack.DEVICE, author=message.author, ids=[message.id])
        return JSONResponse({"id": message.id, "webhook_status": posted.status, "ms": posted.ms})

    def _message(self, said: Said, gateway: Gateway, chat: Chat) -> ChatMessage:
        return ChatMessage(
            id=gateway.new_id(chat, self._chats.next_number(), press=said.press is not None),
            author="staff" if said.staff else "person",
            at=self._network.clock.now().timestamp(),
            kind=said.kind,
            text=said.press.title if said.press else said.text,
            detail=self._detail(said, chat),
            ack=Ack.SERVER,
        )

    def _detail(self, said: Said, chat: Chat) -> Json:
        detail: Json = {"name": said.name} if said.name else {}
        if said.location:
            detail["location"] = said.location.model_dump()
        if said.file:
            detail["file"] = self._file(said.file.id)
        if said.quote:
            detail["quote"] = asdict(self._known(chat, said.quote))
        if said.press:
            on = asdict(self._known(chat, said.press.on))
            several = bool(on["detail"].get("choices", {}).get("label"))
            detail["press"] = {**said.press.model_dump(), "on": on, "list": several}
            detail["quote"] = on
        return detail

    def _known(self, chat: Chat, message: str) -> ChatMessage:
        found = self._chats.get(chat, message)
        if found is None:
            raise Rejected(400, "quote, press: no such message in this chat")
        return found

    def _file(self, name: str) -> Json:
        found = self._network.files.get(name)
        if found is None:
            raise Rejected(400, "file: expected the id of a file that was just uploaded")
        return {"id": found.id, "mimetype": found.mimetype, "filename": found.filename}

    async def _keep(self, request: Request) -> Response:
        """Stores a file to be sent: its bytes are the body, its name is in the query."""
        mimetype = request.headers.get("content-type", "") or "application/octet-stream"
        data = await read(request, LIMIT)
        if not data:
            raise Rejected(400, "expected a file as the body")
        stored = self._network.files.add(mimetype, request.query_params.get("filename", "")[:200], data)
        return JSONResponse({"file": stored.id})

    async def _show(self, request: Request) -> Response:
        """Returns a file of the chat to the page."""
        file = self._network.files.get(request.path_params["file"])
        if file is None:
            raise Rejected(404, "no such file, or it was removed")
        name = quote(file.filename or file.name)
        headers = {**_SANDBOXED, "Content-Disposition": f"inline; filename*=UTF-8''{name}"}
        return Response(file.data, media_type=file.mimetype, headers=headers)

    async def _read(self, request: Request) -> Response:
        """Marks our messages as read (blue ticks), since the person looks at the chat."""
        here = await model(request, Here)
        _, _, chat = self._locate(here.tenant, here.channel, here.peer)
        unread = [
            each for each in self._chats.messages(chat) if each.author == "concierge" and each.ack < Ack.READ
        ]
        await asyncio.gather(*(self._webhooks.acknowledge(chat, each, Ack.READ) for each in unread))
        return JSONResponse({"read": len(unread)})

    async def _chat(self, request: Request) -> Response:
        _, _, chat = self._locate(*required(request, "tenant", "channel", "peer"))
        return JSONResponse(self._news(chat, int(number(request.query_params, "since"))))

    async def _stream(self, request: Request) -> Response:
        """Streams the chat's changes as server-sent events, each since the one before
        (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
        _, _, chat = self._locate(*required(request, "tenant", "channel", "peer"))
        last = request.headers.get("last-event-id", "")
        since = int(last) if last.isascii() and last.isdigit() else int(number(request.query_params, "since"))
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

    def _locate(self, tenant: str, channel: str, peer: str) -> tuple[Channel, Gateway, Chat]:
        _, found = self._directory.find(tenant, channel)
        if found.kind == PAGE:
            raise Rejected(400, f"channel: a {PAGE} has no gateway; its page calls the webhook itself")
        if found.kind not in GATEWAYS:
            raise Rejected(400, f"channel: {found.kind} has no simulated gateway")
        gateway = GATEWAYS[found.kind]
        return found, gateway, Chat(tenant, channel, gateway.chat_id(peer))


def _tenant(loaded: LoadedTenant) -> Json:
    return {
        "tenant": loaded.tenant.tenant,
        "name": loaded.tenant.name,
        "languages": loaded.tenant.languages,
        "timezone": loaded.tenant.timezone,
        "begins_on": next(iter(loaded.tenant.messaging.channels), ""),
        "channels": [_channel(each) for each in loaded.channels if usable(each)],
        "staff": list(_staff(loaded)),
        "suggestions": suggestions.of(loaded),
    }


def _staff(loaded: LoadedTenant) -> Iterator[Json]:
    """Yields the members of staff whom a simulated gateway reaches, with their first such way."""
    simulated = {each.channel for each in loaded.channels if each.kind in GATEWAYS}
    for name, member in loaded.tenant.staff.items():
        way = next((each for each in member.ways if each.channel in simulated), None)
        if way is not None:
            yield {"staff": name, "name": member.name, "channel": way.channel, "peer": way.to}


def _channel(channel: Channel) -> Json:
    gateway = GATEWAYS.get(channel.kind)
    return {"channel": channel.channel, "kind": channel.kind, "staff": bool(gateway and gateway.staff)}
