"""A Bot API server of our own: the methods that we call, with their answers and their ways to fail."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]

TOKEN = "7100000001:local-token"


def refusal(code: int, description: str, **parameters: int) -> JSONResponse:
    """An error in Telegram's words."""
    body: Json = {"ok": False, "error_code": code, "description": description}
    return JSONResponse(body | ({"parameters": parameters} if parameters else {}), code)


class Unparsed(Exception):
    """Telegram cannot parse these entities."""


def visible(text: str) -> str:
    """What a person sees of HTML that Telegram takes: tags that it knows, closed in their order, and every
    other `<` and `&` escaped. Telegram itself forgives an `&` that begins no entity; we do not."""
    open_tags: list[str] = []
    seen = ""
    for tag, entity, other in re.findall(r"(</?[^<>]*>)|(&(?:lt|gt|amp|quot);)|([^<&]|[<&])", text):
        if tag:
            _nest(tag, open_tags)
        elif other in ("<", "&"):
            raise Unparsed(f"unescaped {other}")
        else:
            seen += {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&quot;": '"'}.get(entity, other)
    if open_tags:
        raise Unparsed("a tag is not closed")
    return seen


def _nest(tag: str, open_tags: list[str]) -> None:
    name = tag.strip("</>")
    if name not in ("b", "i", "u", "s", "code", "pre"):
        raise Unparsed("a tag is unknown")
    if not tag.startswith("</"):
        open_tags.append(name)
    elif not open_tags or open_tags.pop() != name:
        raise Unparsed("a tag is closed that is not open")


@dataclass
class Call:
    method: str
    headers: dict[str, str]
    body: Json


@dataclass
class FakeTelegram:
    """Keeps what it was asked. `fault` answers instead of it while it is set; `picky` finds fault with any
    formatting."""

    token: str = TOKEN
    calls: list[Call] = field(default_factory=list)
    fault: Response | None = None
    picky: bool = False

    def reset(self) -> None:
        self.token, self.calls, self.fault, self.picky = TOKEN, [], None, False

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/bot{token}/{method}", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        body, method = await request.json(), request.path_params["method"]
        self.calls.append(Call(method, dict(request.headers), body))
        if request.path_params["token"] != self.token:
            return refusal(401, "Unauthorized")
        if self.fault is not None:
            return self.fault
        if method in ("answerCallbackQuery", "sendChatAction"):
            return JSONResponse({"ok": True, "result": True})
        return self._send(body)

    def _send(self, body: Json) -> Response:
        name, limit, what = (
            ("text", 4096, "message") if "text" in body else ("caption", 1024, "message caption")
        )
        words = body.get(name)
        if words is not None:
            try:
                words = visible(words) if body.get("parse_mode") == "HTML" else words
            except Unparsed as error:
                return refusal(400, f"Bad Request: can't parse entities: {error}")
            if self.picky and "parse_mode" in body:
                return refusal(400, "Bad Request: can't parse entities: we are in a mood")
            if name == "text" and not words.strip():
                return refusal(400, "Bad Request: message text is empty")
            if len(words) > limit:
                return refusal(400, f"Bad Request: {what} is too long")
        chat = {"id": int(body["chat_id"]), "type": "private", "first_name": "Awa"}
        sent = {"message_id": 100 + len(self.calls), "chat": chat, "date": 1_784_884_700}
        return JSONResponse({"ok": True, "result": sent | ({name: words} if words else {})})
