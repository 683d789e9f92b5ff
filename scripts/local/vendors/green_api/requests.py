"""The bodies that Green API takes (https://green-api.com/en/docs/api/sending/), and the operation of each."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence

from pydantic import Field

from scripts.local.vendors.gateway import Asked, Json, Operation


class _InChat(Asked):
    chat_id: str = Field(alias="chatId", pattern=r"^[0-9-]{5,40}@(c\.us|lid)$")

    @property
    def chat(self) -> str:
        return self.chat_id


class _SendMessage(_InChat):
    message: str = Field(min_length=1, max_length=20_000)
    quoted: str = Field("", alias="quotedMessageId")

    @property
    def words(self) -> str:
        return self.message

    @property
    def quotes(self) -> str:
        return self.quoted


class _SendFile(_InChat):
    url: str = Field(alias="urlFile", pattern=r"^https?://")
    filename: str = Field(alias="fileName", min_length=1)
    caption: str = Field("", max_length=20_000)

    @property
    def words(self) -> str:
        return self.caption

    @property
    def detail(self) -> Json:
        return {"file": {"mimetype": _mimetype(self.filename), "filename": self.filename, "source": self.url}}


class _SendLocation(_InChat):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str = Field("", alias="nameLocation")
    address: str = ""

    @property
    def words(self) -> str:
        return self.name

    @property
    def detail(self) -> Json:
        return {"location": self.model_dump(include={"latitude", "longitude", "name", "address"})}


class _ReadChat(_InChat):
    message: str | None = Field(None, alias="idMessage")

    @property
    def seen(self) -> Sequence[str]:
        return [self.message] if self.message else []


class _SendTyping(_InChat):
    typing_time: int = Field(1000, alias="typingTime", ge=1000, le=20_000)


OPERATIONS = {
    "sendMessage": Operation("text", _SendMessage),
    "sendLocation": Operation("location", _SendLocation),
    "readChat": Operation("seen", _ReadChat),
    "sendTyping": Operation("typing", _SendTyping),
}


def _mimetype(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def file_operation(filename: str) -> Operation:
    """Returns the operation for a file: the ending of its name decides the kind of message."""
    kind = {"image": "image", "audio": "voice"}.get(_mimetype(filename).partition("/")[0], "document")
    return Operation(kind, _SendFile)
