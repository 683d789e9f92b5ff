"""WhatsApp's names for people and chats, the same behind every gateway to it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from pydantic import ValidationError

from shared.errors import Drop
from shared.formats import phone
from shared.models.parts import Location
from shared.models.people import Address
from shared.models.terms import Pace

#: Meta's limit between a number and a person (error 131056). A paired phone's number risks a ban above it.
#: https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput
PACE = Pace(burst=45, every=timedelta(seconds=6))
#: How fast a paired phone begins messages, to all people together: one that writes like a machine is banned.
BEGUN = Pace(burst=5, every=timedelta(seconds=6))
_PHONE = re.compile(r"([1-9][0-9]{4,14})(?:[.:][0-9]{1,4}){0,2}@(?:c\.us|s\.whatsapp\.net)")
_NUMBER = re.compile(r"[1-9][0-9]{4,14}")
_USER = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_LID = re.compile(r"([0-9]{1,20})(?:[.:][0-9]{1,4}){0,2}@lid")
_CROWDS = {
    "@g.us": "group",
    "status@broadcast": "status",
    "@newsletter": "newsletter",
    "@broadcast": "broadcast",
}
_CARD_NAME = re.compile(r"^(?:\w+\.)?FN(?:;[^:\n]*)?:(.*)$", re.MULTILINE | re.IGNORECASE)


class Person(NamedTuple):
    """A person: `chat` is the address of messages to them, `identity` their name as `network:value`."""

    chat: str
    identity: str

    @property
    def by_phone(self) -> bool:
        """Whether the identity is an E.164 number; else it is a LID, WhatsApp's id that hides the number."""
        return self.identity.startswith("whatsapp:+")


def person(jid: str) -> Person | None:
    """Returns the person of a chat or device, or None if it is not a person's.

    `@s.whatsapp.net` is the protocol's form of `@c.us`, and gateways do not send to it; `:12` or `.0:12`
    after the number is one of its devices.
    """
    if match := _PHONE.fullmatch(jid):
        return Person(f"{match[1]}@c.us", f"whatsapp:+{match[1]}")
    if match := _LID.fullmatch(jid):
        return Person(f"{match[1]}@lid", f"whatsapp:lid-{match[1]}")
    return None


def crowd(chat: str) -> str | None:
    """Returns `group`, `status`, `newsletter` or `broadcast` for a chat with many people, else None."""
    if not chat.endswith(tuple(_CROWDS)):
        return None
    return next(kind for ending, kind in _CROWDS.items() if chat.endswith(ending))


def refuse_crowd(chat: str) -> None:
    """Raises Drop if the chat is one with many people."""
    if kind := crowd(chat):
        raise Drop(kind)


def address(chat: str, others: Iterable[str] = (), name: str = "") -> Address:
    """Returns the address of a chat's person, with the further identities (phone or LID) in `others`.

    Raises Drop if the chat is one with many people, or not a person's.
    """
    refuse_crowd(chat)
    first = person(chat)
    if first is None:
        raise Drop("other_chat")
    known = [first]
    for other in map(person, filter(None, others)):
        if other and all(other.by_phone != one.by_phone for one in known):
            known.append(other)
    known.sort(key=lambda one: not one.by_phone)  # the phone first: it is the steadier one
    return Address(chat=first.chat, identities=[one.identity for one in known], name=name[:100])


def account(number: str, user: str, name: str = "") -> Address:
    """Returns the address of a bare phone number, a business-scoped user id, or both.

    A person with a username may hide the number and have the user id only. Raises Drop if neither is valid.
    """
    found = [(number, f"whatsapp:+{number}")] if _NUMBER.fullmatch(number) else []
    found += [(user, f"whatsapp:user-{user}")] if _USER.fullmatch(user) else []
    if not found:
        raise Drop("no_person")
    return Address(chat=found[0][0], identities=[identity for _, identity in found], name=name[:100])


def by_number(to: str, suffix: str = "") -> Address | None:
    """Returns the address of a phone number in E.164, or None if it is none; the chat ends with `suffix`."""
    number = to.removeprefix("+")
    if not to.startswith("+") or not _NUMBER.fullmatch(number):
        return None
    return Address(chat=f"{number}{suffix}", identities=[f"whatsapp:+{number}"])


def location(latitude: object, longitude: object, name: str, address: str, live: bool = False) -> Location:
    """Returns a place; its degrees may be numbers or strings. Raises Drop if they are not degrees."""
    place = {"latitude": latitude, "longitude": longitude, "name": name, "address": address, "live": live}
    try:
        return Location.model_validate(place)
    except ValidationError:
        raise Drop("bad_location") from None


def card_name(vcard: str) -> str:
    """Returns the formatted name (FN, RFC 6350, 6.2.1) of a vCard, or "" if it has none."""
    match = _CARD_NAME.search(vcard)
    return match[1].strip() if match else ""


def vcard(name: str, phones: Iterable[str], sender: str = "") -> str:
    """Returns a vCard (RFC 6350) for a contact that came without one, with the numbers in E.164.

    A number without a country code is read as one of the country of the `sender`'s number. Text that is not a
    number stays as it is.
    """
    region = phone.region(sender) if sender else ""
    numbers = [phone.e164(spelt, region) or spelt for spelt in phones if spelt]
    lines = [f"FN:{_escaped(name)}", *(f"TEL:{_escaped(number)}" for number in numbers)]
    return "\r\n".join(["BEGIN:VCARD", "VERSION:4.0", *lines, "END:VCARD", ""])


def _escaped(value: str) -> str:
    """Escapes a value (RFC 6350, 3.4)."""
    return re.sub(r"([\\,;])", r"\\\1", value).replace("\r", "").replace("\n", r"\n")
