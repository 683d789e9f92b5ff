"""A WAHA of our own: the part of its REST API that we call, with its answers and its ways to fail."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]

_SENDS = "sendText", "sendImage", "sendFile", "sendVoice", "sendLocation"


@dataclass
class Call:
    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, str]
    body: Json | None


@dataclass
class FakeWaha:
    """Keeps what it was asked, and its own messages. `fault` answers instead of it while it is set."""

    api_key: str = "api-secret"
    calls: list[Call] = field(default_factory=list)
    messages: list[Json] = field(default_factory=list)
    fault: Response | None = None

    def reset(self) -> None:
        self.api_key, self.calls, self.messages, self.fault = "api-secret", [], [], None

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                *(Route(f"/api/{method}", self._send, methods=["POST"]) for method in _SENDS),
                Route("/api/sendSeen", self._show, methods=["POST"]),
                Route("/api/startTyping", self._show, methods=["POST"]),
                Route("/api/{session}/chats/{chat}/messages", self._list, methods=["GET"]),
            ]
        )

    async def _take(self, request: Request) -> Response | None:
        """Notes the call; the answer that stands in for the real one, where there is a reason for one."""
        raw = await request.body()
        body = json.loads(raw) if raw else None
        self.calls.append(
            Call(request.method, request.url.path, dict(request.headers), dict(request.query_params), body)
        )
        if request.headers.get("x-api-key") != self.api_key:
            return JSONResponse({"message": "Unauthorized", "statusCode": 401}, 401)
        return self.fault

    async def _send(self, request: Request) -> Response:
        if (instead := await self._take(request)) is not None:
            return instead
        body = self.calls[-1].body or {}
        place: Json = {name: str(body[name]) for name in ("latitude", "longitude") if name in body}
        sent = {
            "id": f"true_{body['chatId']}_3EB0{len(self.messages):04X}",
            "timestamp": 1_784_884_700 + len(self.messages),
            "from": "221330000000@c.us",
            "to": body["chatId"],
            "fromMe": True,
            "body": body.get("text") or body.get("caption") or "",
            "hasMedia": "file" in body,
            "media": None,
            "location": {**place, "live": False} if place else None,
            "ack": 0,
        }
        self.messages.append(sent)
        return JSONResponse(sent, 201)

    async def _show(self, request: Request) -> Response:
        return await self._take(request) or JSONResponse({}, 201)

    async def _list(self, request: Request) -> Response:
        if (instead := await self._take(request)) is not None:
            return instead
        earliest = float(request.query_params.get("filter.timestamp.gte", 0))
        own = [
            m for m in self.messages if m["timestamp"] >= earliest and request.path_params["chat"] == m["to"]
        ]
        return JSONResponse(own[::-1][: int(request.query_params["limit"])])
