"""The bodies that the Bot API takes (https://core.telegram.org/bots/api), and the operation of each."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from scripts.local.vendors.gateway import Asked, Json, Operation
from scripts.local.vendors.telegram import html


class _InChat(Asked):
    chat_id: int | str
    parse_mode: Literal["", "HTML", "MarkdownV2"] = ""

    @property
    def chat(self) -> str:
        return str(self.chat_id)

    def read(self, text: str) -> str:
        return html.read(text) if self.parse_mode == "HTML" else text

    def visible(self, text: str) -> str:
        return html.visible(text) if self.parse_mode == "HTML" else text


class _Button(BaseModel):
    text: str = Field(min_length=1)
    id: str = Field(alias="callback_data", min_length=1)

    @field_validator("id")
    @classmethod
    def _fits(cls, value: str) -> str:
        if len(value.encode()) > 64:
            raise ValueError("BUTTON_DATA_INVALID")
        return value


class _Keyboard(BaseModel):
    inline_keyboard: list[list[_Button]] = []


class _Reply(BaseModel):
    message_id: int


class SendMessage(_InChat):
    text: str
    reply_markup: _Keyboard = _Keyboard()
    reply_parameters: _Reply | None = None

    @model_validator(mode="after")
    def _can_be_shown(self) -> SendMessage:
        shown = self.visible(self.text)
        if not shown.strip():
            raise ValueError("message text is empty")
        if len(shown.encode("utf-16-le")) // 2 > 4096:
            raise ValueError("message is too long")
        return self

    @property
    def words(self) -> str:
        return self.read(self.text)

    @property
    def detail(self) -> Json:
        rows = [button for row in self.reply_markup.inline_keyboard for button in row]
        told = [{"id": row.id, "title": row.text, "description": ""} for row in rows]
        return {"choices": {"label": "", "rows": told}} if rows else {}

    @property
    def quotes(self) -> str:
        return f"{self.chat}.{self.reply_parameters.message_id}" if self.reply_parameters else ""


class _SendFile(_InChat):
    """A file, under the name of its type."""

    caption: str = ""
    photo: str = ""
    document: str = ""
    voice: str = ""
    audio: str = ""
    video: str = ""
    sticker: str = ""
    animation: str = ""

    @model_validator(mode="after")
    def _can_be_shown(self) -> _SendFile:
        if not self.source.startswith(("http://", "https://")):
            raise ValueError("wrong file identifier/HTTP URL specified")
        if len(self.visible(self.caption)) > 1024:
            raise ValueError("message caption is too long")
        return self

    @property
    def source(self) -> str:
        files = self.photo, self.document, self.voice, self.audio, self.video, self.sticker, self.animation
        return next(filter(None, files), "")

    @property
    def words(self) -> str:
        return self.read(self.caption)

    @property
    def detail(self) -> Json:
        name = self.source.partition("?")[0].rsplit("/", 1)[-1] if self.document else ""
        return {"file": {"mimetype": "", "filename": name, "source": self.source}}


class _SendLocation(_InChat):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    title: str = ""
    address: str = ""

    @property
    def words(self) -> str:
        return self.title

    @property
    def detail(self) -> Json:
        place = {"latitude": self.latitude, "longitude": self.longitude, "address": self.address}
        return {"location": {**place, "name": self.title}}


class _SendVenue(_SendLocation):
    title: str = Field(min_length=1)
    address: str = Field(min_length=1)


class _ChatAction(_InChat):
    action: Literal["typing", "upload_photo", "record_voice", "upload_voice", "upload_document"]


class _AnswerCallback(Asked):
    callback_query_id: str = Field(min_length=1)
    text: str = Field("", max_length=200)


class GetFile(Asked):
    file_id: str


OPERATIONS = {
    "sendMessage": Operation("text", SendMessage),
    "sendPhoto": Operation("image", _SendFile),
    "sendSticker": Operation("image", _SendFile),
    "sendVoice": Operation("voice", _SendFile),
    **{
        f"send{kind}": Operation("document", _SendFile)
        for kind in ("Document", "Audio", "Video", "Animation")
    },
    "sendLocation": Operation("location", _SendLocation),
    "sendVenue": Operation("location", _SendVenue),
    "sendChatAction": Operation("typing", _ChatAction),
    "answerCallbackQuery": Operation("other", _AnswerCallback),
    "getFile": Operation("other", GetFile),
}
