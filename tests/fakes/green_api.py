"""A Green API of our own: the methods that we call, its queue and journal, and its ways to fail."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Json = dict[str, Any]

INSTANCE = "7103000000"
#: A token that cannot stand in a path as it is.
TOKEN = "d75b3a66/374942?c5"
_READS = "showMessagesQueue", "lastOutgoingMessages"


@dataclass
class Call:
    verb: str
    method: str
    headers: dict[str, str]
    query: dict[str, str]
    body: Json


@dataclass
class FakeGreenApi:
    """Keeps what it was asked. What is sent waits in `queue` until `deliver` moves it to the `journal`.
    `fault` answers instead of it while it is set."""

    token: str = TOKEN
    calls: list[Call] = field(default_factory=list)
    queue: list[Json] = field(default_factory=list)
    journal: list[Any] = field(default_factory=list)
    fault: Response | None = None

    def reset(self) -> None:
        self.token, self.fault = TOKEN, None
        for kept in (self.calls, self.queue, self.journal):
            kept.clear()

    def app(self) -> Starlette:
        path = "/waInstance{instance}/{method}/{token:path}"
        return Starlette(routes=[Route(path, self._answer, methods=["GET", "POST"])])

    async def _answer(self, request: Request) -> Response:
        raw = await request.body()
        body, method = json.loads(raw) if raw else {}, request.path_params["method"]
        query, headers = dict(request.query_params), dict(request.headers)
        self.calls.append(Call(request.method, method, headers, query, body))
        if request.path_params["instance"] != INSTANCE:
            return Response("Forbidden", 403)
        if request.path_params["token"] != self.token:
            return Response("Unauthorized", 401)
        if self.fault is not None:
            return self.fault
        if (request.method == "GET") != (method in _READS):
            return Response("Not Found", 404)
        return self._done(method, body)

    def _done(self, method: str, body: Json) -> Response:
        match method:
            case "showMessagesQueue":
                return JSONResponse(self.queue)
            case "lastOutgoingMessages":
                return JSONResponse(self.journal[::-1])
            case "readChat":
                return JSONResponse({"setRead": True})
            case "sendTyping":
                return Response(status_code=200)
        key = f"3EB0{len(self.queue) + len(self.journal):04X}"
        self.queue.append({"messageID": key, "type": method, "body": body})
        return JSONResponse({"idMessage": key})

    def deliver(self, at: float) -> None:
        """All that waits is sent and listed, one second after the other."""
        while self.queue:
            self.journal.append(_listed(self.queue.pop(0), at))
            at += 1


def _listed(queued: Json, at: float) -> Json:
    """A message as the journal tells it."""
    body = queued["body"]
    entry = {"type": "outgoing", "idMessage": queued["messageID"], "timestamp": at, "chatId": body["chatId"]}
    entry |= {"statusMessage": "sent", "sendByApi": True}
    match queued["type"]:
        case "sendFileByUrl":
            about = {"downloadUrl": body["urlFile"], "caption": body.get("caption", "")}
            return entry | {"typeMessage": "imageMessage", **about}
        case "sendLocation":
            return entry | {"typeMessage": "locationMessage", "location": body}
    if "http" in body["message"]:
        return entry | {
            "typeMessage": "extendedTextMessage",
            "extendedTextMessage": {"text": body["message"]},
        }
    return entry | {"typeMessage": "textMessage", "textMessage": body["message"]}
