"""WAHA's REST API in memory: the simulated vendor of the local run, behind the HTTP port."""

from __future__ import annotations

import json as json_format
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from scripts.local.vendors.chats import Chat, ChatMessage
from scripts.local.vendors.gateway import MESSAGES, Answer, Asked, Operation, Problem
from scripts.local.vendors.waha.gateway import Waha, answered, listed, message
from scripts.local.vendors.waha.requests import OPERATIONS
from shared.platform.http import HttpAnswer
from tests.simulation.clock import BEGINNING

if TYPE_CHECKING:
    from tests.simulation.gateway import Call, Gateway
    from tests.simulation.process import Process


class WahaHttp:
    """The HTTP port of one process: all of its requests go to the world's WAHA."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        timeout: float = 15.0,
    ) -> HttpAnswer:
        gateway = self._process.world.gateways["waha"]
        path = url.removeprefix("http://waha/api/")
        if method == "GET":
            return await self._list(gateway, unquote(path.split("/")[2]), params or {})
        operation = OPERATIONS[path]
        asked = operation.body.model_validate(json)
        if operation.kind in MESSAGES:
            return await self._send(gateway, operation, asked, (headers or {})["X-Concierge-Turn"])
        await gateway.show(self._process)
        return _answer(answered(operation, _chat(asked.chat), None))

    async def fetch(
        self,
        url: str,
        *,
        own: str,
        limit: int,
        headers: Mapping[str, str] | None = None,
        timeout: float = 15.0,
    ) -> HttpAnswer:
        """Returns 404: no file exists."""
        self._process.check()
        return HttpAnswer(404, {}, b"")

    async def post(
        self,
        url: str,
        body: bytes,
        *,
        own: str,
        headers: Mapping[str, str] | None = None,
        timeout: float = 15.0,
    ) -> HttpAnswer:
        """Returns 404: no address exists."""
        self._process.check()
        return HttpAnswer(404, {}, b"")

    async def prepare(self) -> None: ...

    async def _send(self, gateway: Gateway, operation: Operation, asked: Asked, turn: str) -> HttpAnswer:
        text = asked.words or f"[{operation.kind}]"
        status, key = await gateway.send(self._process, asked.chat, text, turn, detail=asked.detail)
        if status != operation.status:
            problem = Problem(status, "the fault that was drawn", after=5 if status == 429 else None)
            return _answer(Waha().refuse(problem))
        if not key:
            return HttpAnswer(status, {}, b"{}")
        said = ChatMessage(key, "concierge", BEGINNING.timestamp(), operation.kind, asked.words)
        return _answer(answered(operation, _chat(asked.chat), said))

    async def _list(self, gateway: Gateway, chat: str, query: Mapping[str, str]) -> HttpAnswer:
        beginning = BEGINNING.timestamp()
        found = await gateway.listed(self._process, chat, float(query["filter.timestamp.gte"]) - beginning)
        messages = [message(_chat(chat), _said(call)) for call in found]
        return _answer(Answer(listed(messages, query)))


def _said(call: Call) -> ChatMessage:
    at = BEGINNING.timestamp() + (call.executed or 0.0)
    return ChatMessage(call.gateway_id, "concierge", at, text=call.text, detail=call.detail)


def _chat(name: str) -> Chat:
    return Chat("parish", "waha", name)


def _answer(answer: Answer) -> HttpAnswer:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    body = b"" if answer.body is None else json_format.dumps(answer.body).encode()
    return HttpAnswer(answer.status, headers, body)
