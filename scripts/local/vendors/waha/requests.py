"""The bodies that WAHA takes, as its OpenAPI document types them, and the operation that each requests."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, model_validator

from scripts.local.vendors.gateway import Asked, Json, Operation


class InSession(Asked):
    session: str


class _InChat(InSession):
    chat_id: str = Field(alias="chatId", min_length=1, max_length=200)

    @property
    def chat(self) -> str:
        return self.chat_id


class _SendText(_InChat):
    text: str
    reply_to: str = ""

    @property
    def words(self) -> str:
        return self.text

    @property
    def quotes(self) -> str:
        return _segments(self.reply_to)[1]


class _File(BaseModel):
    model_config = ConfigDict(strict=True)
    mimetype: str
    url: str | None = None
    data: str | None = None
    filename: str | None = None

    @model_validator(mode="after")
    def _has_content(self) -> _File:
        if (self.url is None) == (self.data is None):
            raise ValueError("expected either url or data")
        return self


class _SendFile(_InChat):
    file: _File
    caption: str | None = None

    @property
    def words(self) -> str:
        return self.caption or ""

    @property
    def detail(self) -> Json:
        file = self.file
        source = file.url or f"data:;base64,{file.data}"
        return {"file": {"mimetype": file.mimetype, "filename": file.filename or "", "source": source}}


class _VoiceFile(_File):
    mimetype: str = "audio/ogg; codecs=opus"


class _SendVoice(_SendFile):
    file: _VoiceFile
    convert: bool


class _SendLocation(_InChat):
    latitude: float
    longitude: float
    title: str

    @property
    def words(self) -> str:
        return self.title

    @property
    def detail(self) -> Json:
        return {"location": {"latitude": self.latitude, "longitude": self.longitude, "name": self.title}}


class _SendSeen(_InChat):
    message_ids: list[str] | None = Field(None, alias="messageIds", max_length=1000)

    @property
    def seen(self) -> Sequence[str]:
        return [_segments(each)[1] for each in self.message_ids or []]


class _React(InSession):
    message_id: str = Field(alias="messageId", min_length=1)
    reaction: str

    @property
    def chat(self) -> str:
        return _segments(self.message_id)[0]

    @property
    def words(self) -> str:
        return self.reaction


OPERATIONS = {
    "sendText": Operation("text", _SendText, 201),
    "sendImage": Operation("image", _SendFile, 201),
    "sendFile": Operation("document", _SendFile, 201),
    "sendVoice": Operation("voice", _SendVoice, 201),
    "sendLocation": Operation("location", _SendLocation, 201),
    "reaction": Operation("reaction", _React, 200),
    "sendSeen": Operation("seen", _SendSeen, 201),
    "startTyping": Operation("typing", _InChat, 201),
    "stopTyping": Operation("other", _InChat, 201),
}


def _segments(full: str) -> tuple[str, str]:
    """Returns chat and bare id of `{true|false}_{chat}_{id}[_{participant}]`. The chat is "" without a
    prefix."""
    segments = full.split("_")
    return (
        (segments[1], segments[2]) if len(segments) > 2 and segments[0] in ("true", "false") else ("", full)
    )
