"""Simulated WAHA: the part of its REST API that we call, with faults on demand.

Every call is kept before it is answered, whatever the answer. What it answers is shaped as WAHA's own
(https://waha.devlike.pro/docs/how-to/send-messages/).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from scripts.local.sim import waha_wire
from scripts.local.sim.answers import BrokenResponse, hang, number
from scripts.local.sim.calls import Call, CallLog
from scripts.local.sim.chats import Ack, Chat, ChatMessage, Chats
from scripts.local.sim.directory import Directory
from scripts.local.sim.faults import Fault, Faults
from scripts.local.sim.settings import SimSettings
from scripts.local.sim.waha_requests import OPERATIONS, Asked, InChat, Operation, SendSeen
from scripts.local.sim.webhooks import Webhooks
from shared.errors import Rejected
from shared.models.tenant import Channel
from shared.platform.endpoint import read

#: Files may come inside the body; WAHA itself takes 50 MB.
BODY_LIMIT = 50 * 1024 * 1024
_REASONS = {401: "Unauthorized", 404: "Not Found", 422: "Unprocessable Entity"}


class Waha:
    """One gateway for all tenants; whose call it is tells its `X-Api-Key`."""

    def __init__(
        self,
        settings: SimSettings,
        directory: Directory,
        db: sqlite3.Connection,
        chats: Chats,
        faults: Faults,
        webhooks: Webhooks,
    ) -> None:
        self._clock = settings.clock
        self._directory = directory
        self._db = db
        self._calls = CallLog(db)
        self._chats = chats
        self._faults = faults
        self._webhooks = webhooks

    def routes(self) -> list[BaseRoute]:
        operations: list[BaseRoute] = [
            Route(f"/api/{each.path}", self._endpoint(each), methods=[each.method]) for each in OPERATIONS
        ]
        return [
            *operations,
            Route("/api/{session}/chats/{chat}/messages", self._messages, methods=["GET"]),
            Route("/api/sessions/{session}", self._session, methods=["GET"]),
        ]

    def _endpoint(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            channel = await self._authorised(request)
            given = _json(await read(request, BODY_LIMIT))
            turn = request.headers.get("x-concierge-turn", "")
            try:
                asked = operation.body.model_validate(given)
                _check_session(channel, asked.session)
            except (ValidationError, HTTPException) as error:
                refusal = _refusal(error)
                self._keep(self._call(channel, operation, given, turn, status=refusal.status_code))
                return refusal
            return await self._carry_out(request, channel, operation, asked, given, turn)

        return endpoint

    async def _carry_out(
        self, request: Request, channel: Channel, operation: Operation, asked: Asked, given: Any, turn: str
    ) -> Response:
        fault = self._faults.take(channel.tenant, channel.channel, operation.kind)
        chat = Chat(channel.tenant, channel.channel, asked.chat)
        call = self._call(channel, operation, given, turn, asked, status=_status(operation, fault))
        if fault and fault.status is not None:
            self._keep(call)
            answer: Response = JSONResponse(_body(fault.status, "the fault that was asked for"), fault.status)
        else:
            answer = self._do(chat, operation, asked, call)
        if fault and fault.hang_s:
            await hang(request, fault.hang_s)
        if fault and fault.drop:
            return BrokenResponse()
        return PlainTextResponse("<!doctype html>", 200) if fault and fault.garbage else answer

    def _do(self, chat: Chat, operation: Operation, asked: Asked, call: Call) -> Response:
        if operation.message:
            now = self._clock.now().timestamp()
            said = ChatMessage(
                waha_wire.new_id(),
                "concierge",
                now,
                operation.kind,
                asked.words,
                asked.detail,
                turn=call.turn,
            )
            self._keep(call, chat, said)
            self._chats.changed(chat)
            self._webhooks.tick(chat, said.id)
            return JSONResponse(waha_wire.message(chat, said), operation.status)
        self._keep(call)
        if isinstance(asked, SendSeen):
            self._chats.acknowledge(chat, Ack.READ, author="person", ids=asked.seen)
            return JSONResponse({}, operation.status)
        if isinstance(asked, InChat):
            self._chats.show_typing(chat, on=operation.kind == "typing")
        return Response(status_code=operation.status)

    def _call(
        self,
        channel: Channel,
        operation: Operation,
        given: Any,
        turn: str,
        asked: Asked | None = None,
        *,
        status: int,
    ) -> Call:
        at = self._clock.now().isoformat(timespec="milliseconds")
        to, words = (asked.chat, asked.words) if asked else ("", "")
        return Call(at, channel.tenant, channel.channel, operation.kind, to, words, turn, given, status)

    def _keep(self, call: Call, chat: Chat | None = None, said: ChatMessage | None = None) -> None:
        """The call, and the message that it made, together or not at all."""
        with self._db:
            self._calls.add(call)
            if chat and said:
                self._chats.add(chat, said)

    async def _messages(self, request: Request) -> Response:
        channel = await self._authorised(request)
        _check_session(channel, request.path_params["session"])
        query = request.query_params
        chat = Chat(channel.tenant, channel.channel, request.path_params["chat"])
        since = number(request, "filter.timestamp.gte")
        from_me = {"true": True, "false": False}.get(query.get("filter.fromMe", ""))
        found = [waha_wire.message(chat, each) for each in self._chats.messages(chat)]
        found = [
            each
            for each in found
            if each["timestamp"] >= since and (from_me is None or each["fromMe"] is from_me)
        ]
        if query.get("sortOrder", "desc") == "desc":
            found.reverse()
        offset = int(number(request, "offset"))
        return JSONResponse(found[offset : offset + int(number(request, "limit", 10))])

    async def _session(self, request: Request) -> Response:
        channel = await self._authorised(request)
        name = request.path_params["session"]
        if name != channel.settings.get("session", "default"):
            raise HTTPException(404, "Session not found")
        return JSONResponse(
            {
                "name": name,
                "status": "WORKING",
                "presence": None,
                "timestamps": {"activity": None},
                "me": {"id": waha_wire.ME, "pushName": "Concierge"},
            }
        )

    async def _authorised(self, request: Request) -> Channel:
        channel = await self._directory.by_api_key("waha", request.headers.get("x-api-key", ""))
        if channel is None:
            raise HTTPException(401, "Unauthorized")
        return channel


async def refuse(_: Request, error: Exception) -> Response:
    """A request at fault, as WAHA words it."""
    return _refusal(error)


def _check_session(channel: Channel, session: str) -> None:
    """A session that does not exist is one that is not WORKING: WAHA answers 422 for it."""
    if session != channel.settings.get("session", "default"):
        raise HTTPException(422, "Session status is not as expected. Try again later or restart the session")


def _refusal(error: Exception) -> JSONResponse:
    if isinstance(error, ValidationError):
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        lines = [f"{'.'.join(str(step) for step in each['loc'])}: {each['msg']}" for each in problems]
        return JSONResponse(_body(422, lines), 422)
    if isinstance(error, HTTPException):
        return JSONResponse(_body(error.status_code, error.detail), error.status_code)
    if isinstance(error, Rejected):
        return JSONResponse(_body(error.status, error.detail), error.status)
    raise error


def _body(status: int, message: str | list[str]) -> Mapping[str, Any]:
    return {"message": message, "error": _REASONS.get(status, "Internal Server Error"), "statusCode": status}


def _status(operation: Operation, fault: Fault | None) -> int:
    """What the outbox will tell of this call."""
    if fault is None:
        return operation.status
    if fault.status is not None:
        return fault.status
    if fault.drop:
        return 0
    return 200 if fault.garbage else operation.status


def _json(raw: bytes) -> Any:
    """The body, None where it is not JSON: that is refused as a wrong body is."""
    try:
        return json.loads(raw)
    except ValueError:
        return None
