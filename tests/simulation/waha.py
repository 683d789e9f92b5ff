"""WAHA's side of its REST API, in memory: what the real channel file calls over the HTTP port."""

from __future__ import annotations

import json as json_format
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from shared.platform.http import HttpAnswer
from tests.simulation.clock import BEGINNING

if TYPE_CHECKING:
    from tests.simulation.gateway import Gateway
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
        path = url.removeprefix("http://waha")
        if path == "/api/sendText":
            turn = (headers or {})["X-Concierge-Turn"]
            return await self._send(gateway, json["chatId"], json["text"], turn)
        if method == "GET":
            chat = unquote(path.split("/")[4])
            return await self._list(gateway, chat, float((params or {})["filter.timestamp.gte"]))
        await gateway.show(self._process)
        return HttpAnswer(201, {}, b"{}")

    async def fetch(
        self,
        url: str,
        *,
        own: str,
        limit: int,
        headers: Mapping[str, str] | None = None,
        timeout: float = 15.0,
    ) -> HttpAnswer:
        """Nobody's pictures are there."""
        self._process.check()
        return HttpAnswer(404, {}, b"")

    async def _send(self, gateway: Gateway, chat: str, text: str, turn: str) -> HttpAnswer:
        status, key = await gateway.send(self._process, chat, text, turn)
        body = {"id": f"true_{chat}_{key}"} if key else {}
        headers = {"retry-after": "5"} if status == 429 else {}
        return HttpAnswer(status, headers, json_format.dumps(body).encode())

    async def _list(self, gateway: Gateway, chat: str, since: float) -> HttpAnswer:
        beginning = BEGINNING.timestamp()
        found = await gateway.listed(self._process, chat, since - beginning)
        messages = [
            {
                "id": f"true_{chat}_{call.gateway_id}",
                "timestamp": int(beginning + (call.executed or 0.0)),
                "fromMe": True,
                "body": call.text,
            }
            for call in found
        ]
        return HttpAnswer(200, {}, json_format.dumps(messages[::-1][:50]).encode())
