"""The Bot API's wire format: https://core.telegram.org/bots/api, and its server's own words for what is wrong
(tdlib/telegram-bot-api). Messages are known by `<chat>.<message_id>`, presses by `callback.<id>`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from scripts.local.sim.chats import Chat, ChatMessage
from scripts.local.sim.files import StoredFile
from scripts.local.sim.gateway import (
    OWN_NAME,
    Asked,
    Done,
    Json,
    Media,
    Network,
    Operation,
    Problem,
    Read,
    file_of,
)
from scripts.local.sim.gateways.telegram_requests import OPERATIONS, GetFile, SendMessage
from shared.errors import Rejected
from shared.models.tenant import Channel

BOT = {"id": 7100000001, "is_bot": True, "first_name": OWN_NAME, "username": "concierge_bot"}
_USER = re.compile(r"[1-9]\d{0,15}\Z", re.ASCII)
_REASONS = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


# What it answers.


def _place(key: str, network: Network) -> Json:
    """Where a file can be fetched."""
    file = network.files.get(key)
    if file is None:
        raise Problem(400, "invalid file_id")
    return _file(file) | {"file_path": f"documents/{file.name}"}


def _ok(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


class Telegram:
    """One for all bots; which one tells the token in the path."""

    kind: ClassVar[str] = "telegram"
    secret: ClassVar[str] = "secret_token"  # noqa: S105
    invalid: ClassVar[int] = 400
    staff: ClassVar[bool] = False
    calls: ClassVar[Sequence[tuple[str, str]]] = (("POST", "/bot{token}/{method}"),)
    reads: ClassVar[Sequence[Read]] = ()
    media: ClassVar[Media] = Media("/file/bot{token}/{folder}/{name}")

    def token(self, request: Request) -> str:
        return str(request.path_params.get("token", ""))

    def operation(self, request: Request, given: Any) -> Operation:
        method = request.path_params["method"]
        if method not in OPERATIONS:
            raise Problem(404, "method not found")
        keyboard = method == "sendMessage" and isinstance(given, dict) and given.get("reply_markup")
        return Operation("buttons", SendMessage) if keyboard else OPERATIONS[method]

    def check(self, channel: Channel, request: Request, asked: Asked) -> None:
        """A bot has nothing but its token."""

    def answer(self, done: Done) -> Response:
        if isinstance(done.asked, GetFile):
            return _ok(_place(done.asked.file_id, done.network))
        return _ok(_message(done.chat, done.said) if done.said else True)

    def refuse(self, problem: Problem) -> Response:
        words = problem.words.rpartition("Value error, ")[2]
        described = f"{_REASONS[problem.status]}: {words}" if problem.status in _REASONS else words
        body: Json = {"ok": False, "error_code": problem.status, "description": described}
        if problem.status == 429:
            after = 1 if problem.after is None else problem.after
            body |= {
                "description": f"Too Many Requests: retry after {after}",
                "parameters": {"retry_after": after},
            }
            return JSONResponse(body, 429, {"Retry-After": str(after)})
        return JSONResponse(body, problem.status, problem.headers)

    def new_id(self, chat: Chat, number: int, *, press: bool = False) -> str:
        return f"callback.{number}" if press else f"{chat.id}.{number}"

    def event(self, channel: Channel, chat: Chat, said: ChatMessage, network: Network) -> Json:  # noqa: ARG002
        person = {"id": int(chat.id), "is_bot": False, "first_name": said.detail.get("name") or "Phone"}
        update: Json = {"update_id": _number(said)}
        if press := said.detail.get("press"):
            query: Json = {"id": str(_number(said)), "from": person, "chat_instance": chat.id}
            on = ChatMessage(**press["on"])
            return update | {"callback_query": {**query, "message": _message(chat, on), "data": press["id"]}}
        message = _message(chat, said) | {"from": person}
        if file := file_of(said, network):
            message |= _attached(said, file)
        return update | {"message": message}

    def receipt(self, channel: Channel, chat: Chat, said: ChatMessage, ack: int, at: float) -> None:
        """Bots get none."""

    def headers(self, key: str, event: Json, body: bytes) -> dict[str, str]:  # noqa: ARG002
        return {"X-Telegram-Bot-Api-Secret-Token": key}

    def chat_id(self, peer: str) -> str:
        if _USER.match(peer):
            return peer
        raise Rejected(400, "peer: expected a Telegram chat id (770000001)")

    def identity(self, chat: str) -> str:
        return f"telegram:{chat}"


# Ids and messages.


def _number(said: ChatMessage) -> int:
    return int(said.id.rpartition(".")[2])


def _message(chat: Chat, said: ChatMessage) -> Json:
    mine = said.author == "person"
    message: Json = {"message_id": _number(said), "date": int(said.at)}
    message["chat"] = {
        "id": int(chat.id),
        "first_name": said.detail.get("name") or "Phone",
        "type": "private",
    }
    message |= {} if mine else {"from": BOT}
    if place := said.detail.get("location"):
        message["location"] = {name: place[name] for name in ("latitude", "longitude")}
    elif "file" in said.detail:
        message |= {"caption": said.text} if said.text else {}
    else:
        message |= {"text": said.text, **_command(said.text)}
    if quote := said.detail.get("quote"):
        message["reply_to_message"] = _message(chat, ChatMessage(**quote))
    if choices := said.detail.get("choices"):
        rows = [[{"text": row["title"], "callback_data": row["id"]}] for row in choices["rows"]]
        message["reply_markup"] = {"inline_keyboard": rows}
    return message


def _command(text: str) -> Json:
    """Commands are marked as such."""
    found = re.match(r"/[a-z0-9_]{1,32}\b", text)
    return {"entities": [{"type": "bot_command", "offset": 0, "length": found.end()}]} if found else {}


def _file(file: StoredFile) -> Json:
    return {"file_id": file.id, "file_unique_id": file.id[:16], "file_size": len(file.data)}


def _attached(said: ChatMessage, file: StoredFile) -> Json:
    told = _file(file)
    match said.kind:
        case "image":
            small = {**told, "width": 90, "height": 68}
            return {"photo": [small, {**told, "width": 1280, "height": 960}]}
        case "voice":
            return {"voice": {**told, "duration": 2, "mime_type": file.mimetype}}
    return {"document": {**told, "file_name": file.filename, "mime_type": file.mimetype}}
