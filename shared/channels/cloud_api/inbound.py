"""Translation of Meta's webhooks into our events."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

from shared.channels import Connection, Parsed, Webhook
from shared.channels.cloud_api import outbound
from shared.errors import Drop
from shared.formats import whatsapp, wire
from shared.formats.wire import inside, items, words
from shared.models import events, parts
from shared.models.parts import Part
from shared.models.people import Address

Json = dict[str, Any]
Heard = events.InboundEvent | events.ReceiptEvent

_MEDIA_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
#: Account events, or states of its ban, by which our connection is lost or works again.
_LOST, _WORKING = ("ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED", "DISABLE"), ("ACCOUNT_RECONNECTED", "REINSTATE")


def parse(connection: Connection, url: str, number: str, account: str, webhook: Webhook) -> Parsed:
    """Returns the events of a request: entries with changes with messages and statuses.

    They are events of the phone number with the id `number`, and news of the business account `account`.
    `url` is the address of Meta's media.
    """
    parsed = Parsed()
    for entry in wire.read(_Envelope, wire.loads(webhook.body)).entry:
        for heard in _heard(connection, url, number, account, entry):
            if isinstance(heard, str):
                parsed.dropped.append(heard)
            elif isinstance(heard, events.Receipt | events.SessionStatus):
                parsed.receipts.append(heard)
            else:
                parsed.inbound.append(heard)
    return parsed


def _heard(
    connection: Connection, url: str, number: str, account: str, entry: _Entry
) -> Iterator[Heard | str]:
    """Yields each event of an entry, or the reason why it is dropped.

    Only the account's own news is identified by the account (the entry's id): all other changes name their
    phone number, which may move to another account of its owner.
    """
    for field, value in ((change.field, change.value) for change in entry.changes):
        change = _Change(connection, url, value)
        if field == "account_update" and not account:
            yield "no_business_account"
        elif field == "account_update" and entry.id != account:
            yield "other_account"
        elif field == "account_update":
            yield change.read(_Change.account, value | {"timestamp": entry.time})
        elif field not in _READERS:
            yield "unknown_event:" + wire.label(field)
        elif words(value, "metadata", "phone_number_id") != number:
            yield "other_number"
        else:
            named = _READERS[field].items()
            each = [change.read(read, item) for name, read in named for item in items(value, name)]
            yield from each or ["empty"]


# Meta's envelope; its contents are untyped.


class _Field(wire.Wire):
    field: str
    value: Json


class _Entry(wire.Wire):
    changes: list[_Field]
    id: Any = None
    time: Any = None


class _Envelope(wire.Wire):
    object: Literal["whatsapp_business_account"]
    entry: list[_Entry]


@dataclass(frozen=True)
class _Change:
    """One change, with a reader for each type of event in it. `url` is the address of Meta's media."""

    connection: Connection
    url: str
    value: Json

    def read(self, read: Callable[[_Change, object], Heard], item: object) -> Heard | str:
        try:
            return read(self, item)
        except Drop as drop:
            return drop.reason

    def message(self, item: object) -> Heard:
        kind, sender = words(item, "type"), words(item, "from")
        said, context = inside(item, kind), inside(item, "context")
        ours = words(self.value, "metadata", "display_phone_number")
        if words(item, "group_id"):
            raise Drop("group")
        if sender and sender == re.sub(r"[^0-9]", "", ours):
            raise Drop("own_echo")
        if kind == "system":
            return self._system(item, said)
        common = self._common(item, self._peer(sender, words(item, "from_user_id")))
        match kind:
            case "reaction":
                emoji = words(said, "emoji")[:100]
                return events.Reaction(target=_id(said, "message_id"), emoji=emoji, **common)
            case "edit":
                content = self._content(inside(said, "message"))
                return events.MessageEdited(target=_id(said, "original_message_id"), parts=content, **common)
            case "revoke":
                return events.MessageDeleted(target=_id(said, "original_message_id"), **common)
        quoted = words(context, "id")
        return events.MessageReceived(
            parts=self._content(item),
            quote=events.Quote(id=quoted) if quoted else None,
            forwarded=True in (inside(context, name) for name in ("forwarded", "frequently_forwarded")),
            **common,
        )

    def _system(self, item: object, said: object) -> Heard:
        """Reads a move to a new number or user id; the item's sender is still the old one."""
        if (kind := words(said, "type")) not in ("user_changed_number", "user_changed_user_id"):
            raise Drop("unknown_kind:" + wire.label(kind or "system"))
        old = words(item, "from"), words(item, "from_user_id") or words(said, "previous_user_id")
        return self._moved(item, old, (words(said, "wa_id"), words(said, "user_id")))

    def user_id(self, item: object) -> Heard:
        previous, current = words(item, "user_id", "previous"), words(item, "user_id", "current")
        told = {"id": f"{previous}.{current}", "timestamp": inside(item, "timestamp")}
        phone = words(item, "wa_id")  # which stays
        return self._moved(told, (phone, previous), (phone, current))

    def _moved(self, item: object, old: tuple[str, str], new: tuple[str, str]) -> Heard:
        """Returns the move from the old phone and user id to the new."""
        was, now = whatsapp.account(*old), whatsapp.account(*new)
        common = self._common(item, was.model_copy(update={"chat": now.chat}))
        return events.PeerMoved(identities=now.identities, **common)

    def echo(self, item: object) -> Heard:
        """Reads a message that staff wrote in the WhatsApp Business app on the channel's number."""
        if words(item, "type") in ("reaction", "edit", "revoke"):
            raise Drop("own_echo")
        peer = self._peer(words(item, "to"), words(item, "to_user_id"))
        return events.StaffMessage(parts=self._content(item), **self._common(item, peer))

    def status(self, item: object) -> Heard:
        status = {"played": "read"}.get(said := words(item, "status"), said)
        if words(item, "recipient_type") == "group":
            raise Drop("group")
        if status not in get_args(events.ReceiptStatus):
            raise Drop("unknown_status:" + wire.label(status))
        reasons = [outbound.reason_of(inside(error, "code")) for error in items(item, "errors")]
        turn = words(item, "biz_opaque_callback_data")
        told = {"id": _id(item), "status": status, "detail": "".join(reasons[:1]), "turn": turn}
        return events.Receipt.model_validate(self._origin(item) | told)

    def error(self, item: object) -> Heard:
        """Raises Drop: an error that belongs to no message."""
        raise Drop("error:" + outbound.reason_of(inside(item, "code")))

    def account(self, item: object) -> Heard:
        event = words(item, "event")
        state = words(item, "ban_info", "waba_ban_state") or event
        if state not in _LOST + _WORKING:
            raise Drop("unknown_event:" + wire.label(event or "account_update"))
        return events.SessionStatus(status=state, working=state in _WORKING, **self._origin(item))

    def _common(self, item: object, peer: Address) -> Json:
        return {"id": _id(item), "peer": peer, **self._origin(item)}

    def _origin(self, item: object) -> Json:
        """Returns an event's origin and time; Meta's times are seconds, mostly as text."""
        now, settings, stamp = self.connection.now(), self.connection.settings, inside(item, "timestamp")
        if isinstance(stamp, str) and re.fullmatch(r"[0-9]{1,12}", stamp):
            stamp = int(stamp)
        at = wire.moment(now, seconds=stamp)
        return {"tenant": settings.tenant, "channel": settings.channel, "received_at": now, "at": at}

    def _peer(self, phone: str, user: str) -> Address:
        """Returns the person, with the facts from `contacts`."""
        contacts = items(self.value, "contacts")
        if phone or user:
            same = ("wa_id", phone), ("user_id", user)
            contacts = [one for one in contacts if any(v and words(one, k) == v for k, v in same)][:1]
        known = contacts[0] if len(contacts) == 1 else None
        name = words(known, "profile", "name") or words(known, "profile", "username")
        phone, user = phone or words(known, "wa_id"), user or words(known, "user_id")
        return whatsapp.account(phone, user, name)

    def _content(self, message: object) -> list[Part]:
        """Returns a message's parts, read from the field named as its type."""
        kind = words(message, "type")
        said = inside(message, kind)
        match kind:
            case "text" if words(said, "body"):
                return [parts.Text(text=said["body"])]
            case "image" | "video" | "audio" | "document" | "sticker":
                return [self._file(kind, said)]
            case "location":
                degrees = inside(said, "latitude"), inside(said, "longitude")
                return [whatsapp.location(*degrees, words(said, "name"), words(said, "address"))]
            case "contacts" if items(message, kind):
                return [_card(one, words(message, "from")) for one in items(message, kind)[:20]]
            case "button" | "interactive":
                return [_pressed(said)]
        raise Drop("empty" if kind in ("text", "contacts") else "unknown_kind:" + wire.label(kind or "none"))

    def _file(self, kind: str, file: object) -> parts.Media:
        """Returns a file's part; `url` is the media's own address, which gives the file's for 5 minutes."""
        key, told = words(file, "id"), {field: words(file, field) for field in ("filename", "caption")}
        told |= {"kind": "voice" if inside(file, "voice") is True else kind}
        url, mimetype = f"{self.url}/{key}" if _MEDIA_ID.fullmatch(key) else None, words(file, "mime_type")
        return parts.Media.model_validate(told | {"url": url, "mimetype": mimetype})


_READERS: dict[str, dict[str, Callable[[_Change, object], Heard]]] = {
    "messages": {"messages": _Change.message, "statuses": _Change.status, "errors": _Change.error},
    "smb_message_echoes": {"message_echoes": _Change.echo},
    "user_id_update": {"user_id_update": _Change.user_id},
}


def _id(item: object, name: str = "id") -> str:
    if not 0 < len(found := words(item, name)) <= 500:
        raise Drop("no_id")
    return found


def _pressed(said: object) -> parts.Pressed:
    """Reads a quick reply under a template, a button or a list's row."""
    chosen = inside(said, "button_reply") or inside(said, "list_reply") or said
    name, title = words(chosen, "id"), words(chosen, "title") or words(chosen, "text")
    if not 0 < len(name := name or words(chosen, "payload") or title) <= 300:
        raise Drop("unknown_kind:" + wire.label(words(said, "type") or "choice"))
    return parts.Pressed(id=name, title=title)


def _card(contact: object, sender: str) -> parts.ContactCard:
    name = words(contact, "name", "formatted_name")
    phones = [words(one, "phone") for one in items(contact, "phones")[:10]]
    return parts.ContactCard(name=name, vcard=words(contact, "vcard") or whatsapp.vcard(name, phones, sender))
