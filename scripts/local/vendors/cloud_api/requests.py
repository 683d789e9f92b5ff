"""The bodies that Meta takes, as its OpenAPI document types them, and the operation that each requests."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field

from scripts.local.vendors.gateway import Asked, Json, Operation

#: The outbox's kind for types of file that it has no name for.
_KINDS = {"audio": "voice", "video": "document", "sticker": "image"}


class Message(Asked):
    messaging_product: Literal["whatsapp"]
    recipient_type: Literal["individual"] = "individual"
    to: str = Field("", max_length=200)
    recipient: str = Field("", max_length=200)
    callback: str = Field("", alias="biz_opaque_callback_data", max_length=512)

    @property
    def chat(self) -> str:
        return self.to.removeprefix("+") or self.recipient

    @property
    def turn(self) -> str:
        return self.callback


class _Body(BaseModel):
    text: str = Field("", alias="body", max_length=4096)
    link: str = Field("", pattern=r"^(https?://.+)?$")
    id: str = ""
    caption: str = Field("", max_length=1024)
    filename: str = ""


class _Context(BaseModel):
    message_id: str = ""


class Text(Message):
    text: _Body
    context: _Context = _Context()

    @property
    def words(self) -> str:
        return self.text.text

    @property
    def quotes(self) -> str:
        return self.context.message_id


class _File(Message):
    """An image, audio, document, video or sticker, under the name of its type."""

    type: str
    image: _Body | None = None
    audio: _Body | None = None
    document: _Body | None = None
    video: _Body | None = None
    sticker: _Body | None = None

    @property
    def _file(self) -> _Body:
        return self.image or self.audio or self.document or self.video or self.sticker or _Body()

    @property
    def words(self) -> str:
        return self._file.caption

    @property
    def detail(self) -> Json:
        return {"file": {"mimetype": "", "filename": self._file.filename, "source": self._file.link}}


class _Place(BaseModel):
    latitude: float | str
    longitude: float | str
    name: str = ""
    address: str = ""


class _Location(Message):
    location: _Place

    @property
    def words(self) -> str:
        return self.location.name

    @property
    def detail(self) -> Json:
        return {"location": self.location.model_dump()}


class _Row(BaseModel):
    id: str = Field(min_length=1, max_length=256)
    title: str = Field(min_length=1, max_length=24)
    description: str = Field("", max_length=72)


class _Button(BaseModel):
    reply: _Row


class _Section(BaseModel):
    rows: list[_Row] = Field(max_length=10)


class _Action(BaseModel):
    button: str = Field("", max_length=20)
    buttons: list[_Button] = Field([], max_length=3)
    sections: list[_Section] = Field([], max_length=10)


class _Words(BaseModel):
    text: str = Field(min_length=1, max_length=1024)


class _Choice(BaseModel):
    type: Literal["button", "list"]
    body: _Words
    action: _Action


class Interactive(Message):
    interactive: _Choice

    @property
    def words(self) -> str:
        return self.interactive.body.text

    @property
    def detail(self) -> Json:
        action = self.interactive.action
        rows = [each.reply for each in action.buttons] + [
            row for each in action.sections for row in each.rows
        ]
        return {"choices": {"label": action.button, "rows": [row.model_dump() for row in rows]}}


class _Parameter(BaseModel):
    text: str = Field(pattern=r"^[^\n\t]*$")


class _Component(BaseModel):
    parameters: list[_Parameter] = []


class _Named(BaseModel):
    name: str
    language: dict[str, str]
    components: list[_Component] = []


class _Template(Message):
    template: _Named

    @property
    def words(self) -> str:
        """The template's name and parameters, since its approved text is not known here."""
        values = [each.text for component in self.template.components for each in component.parameters]
        return " · ".join([self.template.name, *values])


class Status(Asked):
    """Marks the person's message as read, with "typing…" if an indicator is requested. The chat follows from
    the message's id."""

    messaging_product: Literal["whatsapp"]
    status: Literal["read"]
    message_id: str = Field(min_length=1)

    @property
    def chat(self) -> str:
        return _chat_of(self.message_id)

    @property
    def seen(self) -> Sequence[str]:
        return []


OPERATIONS = {
    "text": Operation("text", Text),
    "location": Operation("location", _Location),
    "template": Operation("template", _Template),
    **{
        kind: Operation(_KINDS.get(kind, kind), _File)
        for kind in ("image", "document", "audio", "video", "sticker")
    },
}


def _chat_of(key: str) -> str:
    """Returns the number in an id, or "" if there is none."""
    try:
        raw = base64.b64decode(key.removeprefix("wamid."), validate=True)
    except (binascii.Error, ValueError):
        return ""
    found = raw[3 : 3 + raw[2]] if len(raw) > 3 else b""
    return found.decode(errors="replace") if found.isdigit() else ""
