"""Translation of Telegram's webhooks into our events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from shared.channels import Connection, Parsed, Webhook
from shared.errors import Drop, Rejected
from shared.formats import whatsapp, wire
from shared.models import events, parts
from shared.models.people import Address

Json = dict[str, Any]
MediaKind = Literal["image", "video", "voice", "audio", "document", "sticker"]
#: Telegram's ids have at most 52 significant bits.
_Id = Annotated[int, Field(gt=-(2**53), lt=2**53)]

_CROWDS = {"group": "group", "supergroup": "group", "channel": "channel"}
#: Fields of a message's file. A GIF (`animation`) is in `document` too, for old bots.
_FILES: dict[str, MediaKind] = {
    "animation": "video", "video": "video", "video_note": "video", "audio": "audio", "voice": "voice",
    "document": "document", "sticker": "sticker",
}  # fmt: skip
#: A pressed button is no message: its id is the callback query's, which needs an answer of its own.
PRESS = "callback."


def parse(connection: Connection, webhook: Webhook) -> Parsed:
    """Returns the event of a request, which holds one update.

    After a 400 Telegram holds back this person's further updates for a day, so only a body that is no update
    is refused; an unreadable part of an update is dropped.
    """
    update = wire.read(_Update, wire.loads(webhook.body))
    try:
        return Parsed(inbound=[_heard(connection, update)])
    except Drop as drop:
        return Parsed(dropped=[drop.reason])
    except Rejected as wrong:
        return Parsed(dropped=[f"malformed:{wrong.detail.partition(':')[0]}"])


def _heard(connection: Connection, update: _Update) -> events.InboundEvent:
    held = update.model_extra or {}
    name = next((name for name in _READERS if name in held), "")
    if not name:
        raise Drop(f"unknown_event:{wire.label(next(iter(held), 'none'))}")
    event = wire.read(_Event, held[name], name)
    now, settings = connection.now(), connection.settings
    origin: Json = {"tenant": settings.tenant, "channel": settings.channel, "received_at": now}
    origin |= {"peer": event.peer(), "at": wire.moment(now, seconds=event.edit_date or event.date)}
    origin["order"] = update.update_id
    return _READERS[name](event, origin, update.update_id)


# Telegram's JSON, limited to the fields that we read.


class _Update(wire.Wire):
    """One update: at most one event beside the id, under the name of its type."""

    model_config = ConfigDict(extra="allow")
    update_id: int = Field(ge=0, lt=2**63)


class _Person(wire.Wire):
    """A person; a private chat has the id and the name of the person in it."""

    id: _Id
    first_name: str = ""
    last_name: str = ""
    is_bot: bool = False
    type: str = "private"

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()[:100]


class _File(wire.Wire):
    file_id: str = Field(min_length=1, max_length=500)
    mime_type: str = ""
    file_name: str = ""
    width: int = 0
    height: int = 0


class _Place(wire.Wire):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    live_period: int = 0

    def part(self, name: str, address: str) -> parts.Location:
        live, degrees = self.live_period > 0, self.model_dump(include={"latitude", "longitude"})
        return parts.Location(name=name, address=address, live=live, **degrees)


class _Button(wire.Wire):
    text: str = ""
    callback_data: str = ""


class _Keyboard(wire.Wire):
    inline_keyboard: list[list[_Button]] = []


class _Event(wire.Wire):
    """A message or a change to one. Fields that are not modelled name the kind of the message."""

    model_config = ConfigDict(extra="allow")
    message_id: _Id | None = None
    chat: _Person | None = None
    sender: _Person | None = Field(None, alias="from")
    date: Any = None
    edit_date: Any = None
    text: str = ""
    caption: str = ""
    photo: list[_File] = []
    location: _Place | None = None
    venue: Any = None
    contact: Any = None
    forward_origin: Any = None
    reply_to_message: _Event | None = None
    quote: Any = None
    id: str = Field("", max_length=200)
    data: str = Field("", max_length=300)
    message: _Event | None = None
    reply_markup: _Keyboard = _Keyboard()
    new_reaction: list[Any] = []
    new_chat_member: Any = None

    @property
    def key(self) -> str:
        """Our id of a message: Telegram counts messages by chat."""
        if self.message_id is None or self.chat is None:
            raise Drop("no_id")
        return f"{self.chat.id}.{self.message_id}"

    def peer(self) -> Address:
        """The person at the other end; a press without a message belongs to its sender's own chat."""
        person = self.chat or (self.message and self.message.chat) or self.sender
        if person is None or person.type != "private" or person.id <= 0:
            raise Drop(_CROWDS.get(person.type, "other_chat") if person else "other_chat")
        if self.sender and self.sender.is_bot:
            raise Drop("bot")
        return Address(chat=str(person.id), identities=[f"telegram:{person.id}"], name=person.name)

    def quoted(self) -> events.Quote | None:
        """The quote; of a message in another chat only the chosen passage."""
        passage = wire.words(self.quote, "text")
        if said := self.reply_to_message or self.message:
            return events.Quote(id=said.key, text=passage or said.text or said.caption)
        return events.Quote(text=passage) if passage else None

    def content(self) -> parts.Part:
        held = self.model_extra or {}
        if self.text.strip():
            return parts.Text(text=self.text)
        if self.photo:  # in several sizes
            return self._file(max(self.photo, key=lambda size: size.width * size.height), "image")
        if name := next((name for name in _FILES if name in held), ""):
            return self._file(wire.read(_File, held[name], name), _FILES[name])
        if self.location:
            return self.location.part(wire.words(self.venue, "title"), wire.words(self.venue, "address"))
        if phone := wire.words(self.contact, "phone_number"):
            names = wire.words(self.contact, "first_name"), wire.words(self.contact, "last_name")
            name = " ".join(names).strip()
            card = wire.words(self.contact, "vcard") or whatsapp.vcard(name, [phone])
            return parts.ContactCard(name=name, vcard=card)
        raise Drop(f"unknown_kind:{wire.label(next(iter(held)))}" if held else "empty")

    def _file(self, file: _File, kind: MediaKind) -> parts.Media:
        about = {"mimetype": file.mime_type, "filename": file.file_name, "id": file.file_id}
        return parts.Media(kind=kind, caption=self.caption, **about)


# Readers by event. `origin` has the fields that all our events share, `update` is the update's number.


def _message(event: _Event, origin: Json, _update: int) -> events.InboundEvent:
    forwarded, content = event.forward_origin is not None, [event.content()]
    return events.MessageReceived(
        id=event.key, parts=content, quote=event.quoted(), forwarded=forwarded, **origin
    )


def _edit(event: _Event, origin: Json, update: int) -> events.InboundEvent:
    name = f"{event.key}.edit.{update}"
    return events.MessageEdited(id=name, target=event.key, parts=[event.content()], **origin)


def _press(event: _Event, origin: Json, _update: int) -> events.InboundEvent:
    if not event.id or not event.data:
        raise Drop("no_choice")
    rows = event.message.reply_markup.inline_keyboard if event.message else []
    titles = {button.callback_data: button.text for row in rows for button in row}
    pressed = parts.Pressed(id=event.data, title=titles.get(event.data, ""))
    return events.MessageReceived(id=PRESS + event.id, parts=[pressed], quote=event.quoted(), **origin)


def _reaction(event: _Event, origin: Json, update: int) -> events.InboundEvent:
    emoji = next(filter(None, (wire.words(one, "emoji") for one in event.new_reaction)), "")[:100]
    if event.new_reaction and not emoji:
        raise Drop("unknown_emoji")  # a picture of Telegram's own
    name = f"{event.key}.reaction.{update}"
    return events.Reaction(id=name, target=event.key, emoji=emoji, **origin)


def _membership(event: _Event, origin: Json, update: int) -> events.InboundEvent:
    """Reads that the person of a private chat blocked or unblocked the bot."""
    status = wire.words(event.new_chat_member, "status")
    if status not in ("kicked", "member"):
        raise Drop(f"unknown_status:{wire.label(status)}")
    return events.PeerBlocked(id=f"membership.{update}", blocked=status == "kicked", **origin)


_READERS: dict[str, Callable[[_Event, Json, int], events.InboundEvent]] = {
    "message": _message,
    "edited_message": _edit,
    "callback_query": _press,
    "message_reaction": _reaction,
    "my_chat_member": _membership,
}
