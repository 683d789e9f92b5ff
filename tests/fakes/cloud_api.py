"""A Graph API of our own: the one call that we make, with Meta's answers and its ways to fail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]


def error(
    code: Any, status: int = 400, *, headers: dict[str, str] | None = None, **more: Any
) -> JSONResponse:
    """A refusal in Meta's words."""
    told = {"message": f"(#{code}) …", "type": "OAuthException", "code": code, "fbtrace_id": "TRACE1"}
    return JSONResponse({"error": told | more}, status, headers)


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: Json


@dataclass
class FakeCloudApi:
    """Keeps what it was asked. `fault` answers instead of it while it is set."""

    token: str = "api-secret"
    calls: list[Call] = field(default_factory=list)
    fault: Response | None = None

    def reset(self) -> None:
        self.token, self.calls, self.fault = "api-secret", [], None

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/v23.0/{number}/messages", self._messages, methods=["POST"])])

    async def _messages(self, request: Request) -> Response:
        body = await request.json()
        self.calls.append(Call(request.url.path, dict(request.headers), body))
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return error(190, 401)
        if self.fault is not None:
            return self.fault
        if "status" in body:
            return JSONResponse({"success": True})
        to = body.get("to") or body.get("recipient")
        sent = {"id": f"wamid.SENT{len(self.calls):04d}"}
        contacts = [{"input": to, "wa_id": to}]
        return JSONResponse({"messaging_product": "whatsapp", "contacts": contacts, "messages": [sent]})
