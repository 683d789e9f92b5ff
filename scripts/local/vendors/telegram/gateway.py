"""The Bot API's wire format: https://core.telegram.org/bots/api, with its server's own error messages.

The messages are from tdlib/telegram-bot-api. A message's id is `<chat>.<message_id>`, a press's
`callback.<id>`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

from scripts.local.vendors.chats import Chat, ChatMessage
from scripts.local.vendors.files import StoredFile
from scripts.local.vendors.gateway import (
    Answer,
    Asked,
    Done,
    Json,
    Media,
    Network,
    Operation,
    Problem,
    Read,
    Request,
    file_of,
)
from scripts.local.vendors.telegram import webhooks
from scripts.local.vendors.telegram.requests import OPERATIONS, GetFile, SendMessage
from shared.errors import Rejected
from shared.models.tenant import Channel

_USER = re.compile(r"[1-9]\d{0,15}\Z", re.ASCII)
_REASONS = {400: "Bad Request", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


# Responses.


def _place(key: str, network: Network) -> Json:
    """Returns the address of a file."""
    file = network.files.get(key)
    if file is None:
        raise Problem(400, "invalid file_id")
    return _file(file) | {"file_path": f"documents/{file.name}"}


def _ok(result: Any) -> Answer:
    return Answer({"ok": True, "result": result})


def refusal(code: int, description: str, **parameters: int) -> Answer:
    """Returns an error in Telegram's form."""
    body: Json = {"ok": False, "error_code": code, "description": description}
    return Answer(body | ({"parameters": parameters} if parameters else {}), code)


class Telegram:
    """One gateway for all bots; the token in the path names the bot."""

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
        """Does nothing: the token alone identifies a bot."""

    def answer(self, done: Done) -> Answer:
        if isinstance(done.asked, GetFile):
            return _ok(_place(done.asked.file_id, done.network))
        return _ok(_message(done.chat, done.said) if done.said else True)

    def refuse(self, problem: Problem) -> Answer:
        words = problem.words.rpartition("Value error, ")[2]
        if problem.status == 429:
            after = 1 if problem.after is None else problem.after
            told = refusal(429, f"Too Many Requests: retry after {after}", retry_after=after)
            return told._replace(headers={"Retry-After": str(after)})
        described = f"{_REASONS[problem.status]}: {words}" if problem.status in _REASONS else words
        return refusal(problem.status, described)._replace(headers=problem.headers)

    def new_id(self, chat: Chat, number: int, *, press: bool = False) -> str:
        return f"callback.{number}" if press else f"{chat.id}.{number}"

    def event(self, channel: Channel, chat: Chat, said: ChatMessage, network: Network) -> Json:  # noqa: ARG002
        person = {"id": int(chat.id), "is_bot": False, "first_name": said.detail.get("name") or "Phone"}
        number = _number(said)
        if press := said.detail.get("press"):
            query: Json = {"id": str(number), "from": person, "chat_instance": chat.id}
            on = _message(chat, ChatMessage(**press["on"]))
            pressed = webhooks.press(press["id"], message=on, **query)
            return webhooks.update("callback_query", pressed, number)
        message = _message(chat, said) | {"from": person}
        if file := file_of(said, network):
            message |= _attached(said, file)
        return webhooks.update("message", message, number)

    def receipt(self, channel: Channel, chat: Chat, said: ChatMessage, ack: int, at: float) -> None:
        """Returns None: bots get no receipts."""

    def headers(self, key: str, event: Json, body: bytes) -> dict[str, str]:  # noqa: ARG002
        return webhooks.signed(key)

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
    message |= {} if mine else {"from": webhooks.BOT}
    if place := said.detail.get("location"):
        message["location"] = {name: place[name] for name in ("latitude", "longitude")}
    elif "file" in said.detail:
        message |= {"caption": said.text} if said.text else {}
    else:
        message |= {"text": said.text, **_command(said.text)}
    if quote := said.detail.get("quote"):
        message["reply_to_message"] = _message(chat, ChatMessage(**quote))
    if choices := said.detail.get("choices"):
        titles = [(row["id"], row["title"]) for row in choices["rows"]]
        message["reply_markup"] = webhooks.keyboard(*titles)
    return message


def _command(text: str) -> Json:
    """Returns the entities of a text that starts with a command, or an empty map."""
    found = re.match(r"/[a-z0-9_]{1,32}\b", text)
    return {"entities": [{"type": "bot_command", "offset": 0, "length": found.end()}]} if found else {}


def _file(file: StoredFile) -> Json:
    return webhooks.file(file.id, file_unique_id=file.id[:16], file_size=len(file.data))


def _attached(said: ChatMessage, file: StoredFile) -> Json:
    told = _file(file)
    match said.kind:
        case "image":
            small = {**told, "width": 90, "height": 68}
            return {"photo": [small, {**told, "width": 1280, "height": 960}]}
        case "voice":
            return {"voice": {**told, "duration": 2, "mime_type": file.mimetype}}
    return {"document": {**told, "file_name": file.filename, "mime_type": file.mimetype}}
