"""A gateway served over HTTP: authentication, records of calls, faults, and messages in the chats.

Every call that concerns a chat is recorded before it is answered, also if it fails.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from scripts.local.vendors.broken import CutOff, hang
from scripts.local.vendors.calls import Call, CallLog
from scripts.local.vendors.chats import Ack, Chat, ChatMessage
from scripts.local.vendors.faults import Fault, Faults
from scripts.local.vendors.gateway import (
    MESSAGES,
    Answer,
    Asked,
    Done,
    Gateway,
    Network,
    Operation,
    Problem,
    Read,
)
from scripts.local.vendors.session import Session
from shared.errors import Rejected
from shared.models.tenant import Channel
from shared.platform import logs
from shared.platform.endpoint import read

#: Maximum body (bytes), which may contain a file; WAHA itself takes 50 MB.
BODY_LIMIT = 50 * 1024 * 1024


class Callers(Protocol):
    async def by_api_key(self, kind: str, key: str) -> Channel | None:
        """Returns the channel of this kind with this `api_key`, or None for an unknown key."""
        ...


class Exchange:
    """Serves one gateway for all tenants, told apart by their API keys. `sessions` are by tenant and channel;
    `follow` is called with each message that we sent."""

    def __init__(
        self,
        gateway: Gateway,
        network: Network,
        callers: Callers,
        faults: Faults,
        sessions: Mapping[tuple[str, str], Session],
        follow: Callable[[Chat, ChatMessage], None],
    ) -> None:
        self._gateway = gateway
        self._network = network
        self._callers = callers
        self._faults = faults
        self._sessions = sessions
        self._follow = follow
        self._log = CallLog(network.db)

    def app(self) -> Starlette:
        """Returns the vendor's API as an app. The session's routes come first, since a vendor has one base
        address."""
        administered = sorted({call for session in self._sessions.values() for call in session.calls})
        routes: list[BaseRoute] = [
            *(Route(f"/{path}", self._administer, methods=[method]) for method, path in administered),
            Route(self._gateway.media.path, self._media, methods=["GET"]),
            *(Route(each.path, self._reader(each), methods=["GET"]) for each in self._gateway.reads),
            *(Route(path, self._call, methods=[method]) for method, path in self._gateway.calls),
        ]
        ours = (HTTPException, Rejected, Problem, ClientDisconnect, sqlite3.OperationalError)
        refusals = dict.fromkeys(ours, self._refuse)
        return Starlette(routes=routes, exception_handlers=refusals)

    async def _administer(self, request: Request) -> Response:
        channel = await self._authorised(request)
        session = self._sessions[channel.tenant, channel.channel]
        path = request.scope["path"].removeprefix(request.scope.get("root_path", "")).lstrip("/")
        raw = await read(request)
        try:
            return _response(session.do(request.method, path, json.loads(raw) if raw else None))
        except ValueError as wrong:
            raise Problem(self._gateway.invalid, str(wrong)) from None

    def _reader(self, asked: Read) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return _response(asked.answer(request, await self._authorised(request), self._network))

        return answer

    async def _media(self, request: Request) -> Response:
        if not self._gateway.media.public:
            await self._authorised(request)
        file = self._network.files.get(request.path_params["name"])
        if file is None:
            raise Problem(404, "Not Found")
        return Response(file.data, media_type=file.mimetype)

    async def _call(self, request: Request) -> Response:
        channel = await self._authorised(request)
        given = _json(await read(request, BODY_LIMIT))
        operation = self._gateway.operation(request, given)
        try:
            asked = operation.body.model_validate(given)
            self._gateway.check(channel, request, asked)
        except (ValidationError, Problem) as error:
            problem = error if isinstance(error, Problem) else _invalid(self._gateway.invalid, error)
            turn = request.headers.get("x-concierge-turn", "")
            self._keep(self._record(channel, operation.kind, given, turn, Asked(), problem.status))
            return _response(self._gateway.refuse(problem))
        return await self._carry_out(request, channel, operation, asked, given)

    async def _carry_out(
        self, request: Request, channel: Channel, operation: Operation, asked: Asked, given: Any
    ) -> Response:
        fault = self._faults.take(channel.tenant, channel.channel, asked.chat, operation.kind)
        turn = asked.turn or request.headers.get("x-concierge-turn", "")
        call = self._record(channel, operation.kind, given, turn, asked, _status(operation, fault))
        if fault and fault.status is not None:
            self._keep(call)
            words = "the fault that was asked for"
            answer = self._gateway.refuse(
                Problem(fault.status, words, code=fault.code, after=fault.retry_after)
            )
        else:
            answer = self._do(channel, operation, asked, call)
        if fault and fault.hang_s:
            await hang(request, fault.hang_s)
        if fault and fault.drop:
            return CutOff()
        return _response(Answer("<!doctype html>") if fault and fault.garbage else answer)

    def _do(self, channel: Channel, operation: Operation, asked: Asked, call: Call) -> Answer:
        chat, chats = Chat(channel.tenant, channel.channel, asked.chat), self._network.chats
        if operation.kind in MESSAGES:
            said = self._said(chat, operation.kind, asked, call.turn)
            self._keep(call, chat, said)
            chats.changed(chat)
            self._follow(chat, said)
            return self._gateway.answer(Done(operation, asked, chat, said, self._network))
        self._keep(call)
        if asked.seen is not None:
            chats.acknowledge(chat, Ack.READ, author="person", ids=asked.seen or None)
        if operation.kind in ("typing", "other") and asked.chat:
            chats.show_typing(chat, on=operation.kind == "typing")
        return self._gateway.answer(Done(operation, asked, chat, None, self._network))

    def _said(self, chat: Chat, kind: str, asked: Asked, turn: str) -> ChatMessage:
        name = self._gateway.new_id(chat, self._network.chats.next_number())
        now = self._network.clock.now().timestamp()
        quoted = self._network.chats.get(chat, asked.quotes) if asked.quotes else None
        detail = asked.detail | ({"quote": asdict(quoted)} if quoted else {})
        return ChatMessage(name, "concierge", now, kind, asked.words, detail, turn=turn)

    def _record(self, channel: Channel, kind: str, given: Any, turn: str, asked: Asked, status: int) -> Call:
        at = self._network.clock.now().isoformat(timespec="milliseconds")
        return Call(at, channel.tenant, channel.channel, kind, asked.chat, asked.words, turn, given, status)

    def _keep(self, call: Call, chat: Chat | None = None, said: ChatMessage | None = None) -> None:
        """Stores the call and the message that it made in one transaction."""
        with self._network.db:
            self._log.add(call)
            if chat and said:
                self._network.chats.add(chat, said)

    async def _authorised(self, request: Request) -> Channel:
        channel = await self._callers.by_api_key(self._gateway.kind, self._gateway.token(request))
        if channel is None:
            raise Problem(401, "Unauthorized")
        return channel

    async def _refuse(self, _: Request, error: Exception) -> Response:
        """Returns the vendor's error for a bad request."""
        if isinstance(error, HTTPException):
            error = Problem(error.status_code, error.detail)
        if isinstance(error, Rejected):
            error = Problem(error.status, error.detail)
        if isinstance(error, ClientDisconnect):  # the caller has disconnected
            error = Problem(400, "Bad Request")
        if isinstance(error, sqlite3.OperationalError):  # such as a full disk
            logs.logger().error("sim_unwritable", error=error.sqlite_errorname)
            error = Problem(503, "Service Unavailable")
        if not isinstance(error, Problem):
            raise error
        return _response(self._gateway.refuse(error))


def _response(answer: Answer) -> Response:
    headers = dict(answer.headers)
    if answer.body is None:
        return Response(status_code=answer.status, headers=headers)
    if isinstance(answer.body, str):
        return PlainTextResponse(answer.body, answer.status, headers)
    return JSONResponse(answer.body, answer.status, headers)


def _invalid(status: int, error: ValidationError) -> Problem:
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    return Problem(
        status, [f"{'.'.join(str(step) for step in each['loc'])}: {each['msg']}" for each in problems]
    )


def _status(operation: Operation, fault: Fault | None) -> int:
    """Returns the status that the outbox shows for this call."""
    if fault is None:
        return operation.status
    if fault.status is not None:
        return fault.status
    if fault.drop:
        return 0
    return 200 if fault.garbage else operation.status


def _json(raw: bytes) -> Any:
    """Returns the JSON body, or None if it is not JSON, which is then refused like a wrong body."""
    try:
        return json.loads(raw)
    except ValueError:
        return None
