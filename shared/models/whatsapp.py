"""WhatsApp's own names for people and chats, the same behind every gateway that speaks for it."""

from __future__ import annotations

import re
from typing import NamedTuple

_PHONE = re.compile(r"([1-9][0-9]{4,14})(?:[.:][0-9]{1,4}){0,2}@(?:c\.us|s\.whatsapp\.net)")
_LID = re.compile(r"([0-9]{1,20})(?:[.:][0-9]{1,4}){0,2}@lid")
_CROWDS = {
    "@g.us": "group",
    "status@broadcast": "status",
    "@newsletter": "newsletter",
    "@broadcast": "broadcast",
}
_CARD_NAME = re.compile(r"^(?:\w+\.)?FN(?:;[^:\n]*)?:(.*)$", re.MULTILINE | re.IGNORECASE)


class Person(NamedTuple):
    """`chat` is what a message is sent to, `identity` what the person is known by."""

    chat: str
    identity: str

    @property
    def by_phone(self) -> bool:
        """By an E.164 number; else by a LID, the id behind which WhatsApp hides one."""
        return self.identity.startswith("whatsapp:+")


def person(jid: str) -> Person | None:
    """Whose chat or device this is, None where it is no person's. `@s.whatsapp.net` is the protocol's word
    for `@c.us`, which gateways do not send to; `:12` or `.0:12` after the number is one of its devices."""
    if match := _PHONE.fullmatch(jid):
        return Person(f"{match[1]}@c.us", f"whatsapp:+{match[1]}")
    if match := _LID.fullmatch(jid):
        return Person(f"{match[1]}@lid", f"whatsapp:lid-{match[1]}")
    return None


def crowd(chat: str) -> str | None:
    """What kind of chat with many it is: `group`, `status`, `newsletter`, `broadcast`; None for others."""
    return next((kind for ending, kind in _CROWDS.items() if chat.endswith(ending)), None)


def card_name(vcard: str) -> str:
    """The formatted name (FN, RFC 6350, 6.2.1) in a vCard, "" where it has none."""
    match = _CARD_NAME.search(vcard)
    return match[1].strip() if match else ""
