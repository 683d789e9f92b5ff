"""The bodies that WAHA takes, as its OpenAPI document types them, and what each asks for.

https://waha.devlike.pro/swagger: MessageTextRequest, MessageImageRequest, MessageFileRequest,
MessageVoiceRequest, MessageLocationRequest, SendSeenRequest, ChatRequest, MessageReactionRequest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from scripts.local.sim import waha_wire


class Asked(BaseModel):
    """What every call carries. Unknown fields are ignored, wrong types are not."""

    model_config = ConfigDict(strict=True)
    session: str

    @property
    def chat(self) -> str:
        return ""

    @property
    def words(self) -> str:
        return ""

    @property
    def detail(self) -> dict[str, Any]:
        """What of the message is not text."""
        return {}


class InChat(Asked):
    chat_id: str = Field(alias="chatId", min_length=1, max_length=200)

    @property
    def chat(self) -> str:
        return self.chat_id


class SendText(InChat):
    text: str

    @property
    def words(self) -> str:
        return self.text


class File(BaseModel):
    model_config = ConfigDict(strict=True)
    mimetype: str
    url: str | None = None
    data: str | None = None
    filename: str | None = None

    @model_validator(mode="after")
    def _has_content(self) -> File:
        if (self.url is None) == (self.data is None):
            raise ValueError("expected either url or data")
        return self


class SendFile(InChat):
    file: File
    caption: str | None = None

    @property
    def words(self) -> str:
        return self.caption or ""

    @property
    def detail(self) -> dict[str, Any]:
        return {"file": {"mimetype": self.file.mimetype, "filename": self.file.filename or ""}}


class VoiceFile(File):
    mimetype: str = "audio/ogg; codecs=opus"


class SendVoice(SendFile):
    file: VoiceFile
    convert: bool


class SendLocation(InChat):
    latitude: float
    longitude: float
    title: str

    @property
    def words(self) -> str:
        return self.title

    @property
    def detail(self) -> dict[str, Any]:
        place = {"latitude": str(self.latitude), "longitude": str(self.longitude), "name": self.title}
        return {"location": place}


class SendSeen(InChat):
    message_ids: list[str] | None = Field(None, alias="messageIds", max_length=1000)

    @property
    def seen(self) -> list[str] | None:
        """The bare ids of what was read; None for all."""
        return [waha_wire.bare_id(each) for each in self.message_ids] if self.message_ids else None


class React(Asked):
    message_id: str = Field(alias="messageId", min_length=1)
    reaction: str

    @property
    def chat(self) -> str:
        return waha_wire.chat_of(self.message_id)

    @property
    def words(self) -> str:
        return self.reaction


@dataclass(frozen=True)
class Operation:
    """One call of the API: where it is, what it is in the outbox, its body, the status of its success."""

    path: str
    kind: str
    body: type[Asked]
    method: str = "POST"
    status: int = 201
    message: bool = True


OPERATIONS = (
    Operation("sendText", "text", SendText),
    Operation("sendImage", "image", SendFile),
    Operation("sendFile", "document", SendFile),
    Operation("sendVoice", "voice", SendVoice),
    Operation("sendLocation", "location", SendLocation),
    Operation("reaction", "reaction", React, method="PUT", status=200, message=False),
    Operation("sendSeen", "seen", SendSeen, message=False),
    Operation("startTyping", "typing", InChat, message=False),
    Operation("stopTyping", "other", InChat, message=False),
)
