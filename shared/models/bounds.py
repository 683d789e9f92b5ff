"""Bounds in bytes for inbound messages, so that their events and documents fit the limits of bus and store.

The longest strings are cut first, and a person's words last.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Annotated

from pydantic import AfterValidator, Field

from shared.models import size
from shared.models.parts import Choices, ContactCard, Media, Part, Template, Text, unquoted, words

#: Most bytes of a message's parts, as Firestore counts. A text of 20,000 characters (formats/wire.py) fits
#: whole; two conversations full of such messages fit into one commit of Firestore (10 MiB); and an event fits
#: into a dead letter (1 MiB), though JSON takes six bytes for some characters.
MESSAGE_BYTES = 150_000
#: Bytes of them that are reserved for field names, numbers and short ids.
_OVERHEAD_BYTES = 30_000
#: Most bytes of a file's address or id.
_ADDRESS_BYTES = 1_000
_SHORT_BYTES = 400
_ID_LENGTH = 500
_WORDS = ("text", "caption", "title")
_OTHERS = ("name", "vcard", "address", "filename", "mimetype")
#: Pictures, sounds and keys in a vCard (RFC 6350, 6.2.4, 6.6.3, 6.7.5, 6.8.1), with their folded lines.
_BINARY = re.compile(r"^(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY)[;:].*(?:\r?\n[ \t].*)*\r?\n?", re.M | re.I)
#: Most bytes of a vCard's line, which should not be longer than 75 (RFC 6350, 3.2).
_LINE_BYTES = 1_000
_CARD_END = "END:VCARD\r\n"


def clipped(text: str, limit: int) -> str:
    """Returns the text if it has at most `limit` bytes of UTF-8, else its beginning and "…" within them."""
    if size.text(text) <= limit + 1:
        return text
    return text.encode()[: max(0, limit - 3)].decode(errors="ignore") + "…"


def bounded(parts: list[Part]) -> list[Part]:
    """Returns the parts unchanged if they are small enough, else shortened and marked as `cut`."""
    if _bytes(parts) <= MESSAGE_BYTES:
        return parts
    parts = [_reduced(part) for part in parts]
    if _bytes(parts) <= MESSAGE_BYTES:
        return parts
    room = (
        MESSAGE_BYTES
        - _OVERHEAD_BYTES
        - sum(size.text(part.url or "") for part in parts if isinstance(part, Media))
    )
    sizes = [size.text(text) for part in parts for text in _strings(part, _WORDS).values()]
    most_words = _fair_limit(sizes, room)
    room -= sum(min(each, most_words) for each in sizes)
    most = _fair_limit([size.text(text) for part in parts for text in _strings(part, _OTHERS).values()], room)
    return [_cut(part, most_words, most) for part in parts]


def _known_id(value: str) -> str:
    return value if len(value) <= _ID_LENGTH else ""


Parts = Annotated[list[Part], Field(min_length=1, max_length=20), AfterValidator(bounded)]
#: A name, an emoji, a vendor's error text.
Short = Annotated[str, AfterValidator(partial(clipped, limit=_SHORT_BYTES))]
#: A quoted passage.
Passage = Annotated[str, AfterValidator(partial(clipped, limit=10 * _SHORT_BYTES))]
#: A gateway's id, "" if it is too long to be one.
GatewayId = Annotated[str, AfterValidator(_known_id)]


def _bytes(parts: Sequence[Part]) -> int:
    return sum(size.value(part.model_dump()) for part in parts)


def _reduced(part: Part) -> Part:
    """Returns the part without its least important content.

    That is a file's address or id above the limit, binary properties of a contact card, the buttons of a
    message and the id of a quoted message.
    """
    match part:
        case Choices() | Template():
            return Text(text=words(part), cut=True)
        case Media() if max(size.text(part.id), size.text(part.url or "")) > _ADDRESS_BYTES:
            return part.model_copy(update={"id": "", "url": None, "problem": "address_too_long", "cut": True})
        case ContactCard() if (vcard := _BINARY.sub("", part.vcard)) != part.vcard:
            return part.model_copy(update={"vcard": vcard, "cut": True})
    return unquoted(part)


def _strings(part: Part, names: Sequence[str]) -> dict[str, str]:
    return {name: getattr(part, name) for name in names if hasattr(part, name)}


def _fair_limit(sizes: Sequence[int], room: int) -> int:
    """Returns the largest limit per string with which all fit into `room`: only the longest are cut."""
    for place, each in enumerate(sorted(sizes)):
        even = max(0, room) // (len(sizes) - place)
        if each > even:
            return even
        room -= each
    return max(sizes, default=0)


def _cut(part: Part, most_words: int, most: int) -> Part:
    limits = [(_WORDS, most_words), (_OTHERS, most)]
    shorter = {
        name: _clipped_card(text, limit) if name == "vcard" else clipped(text, limit)
        for names, limit in limits
        for name, text in _strings(part, names).items()
        if size.text(text) > limit + 1
    }
    return part.model_copy(update=shorter | {"cut": True}) if shorter else part


def _clipped_card(vcard: str, limit: int) -> str:
    """Returns the first lines of a vCard, as many as fit, and its end."""
    kept, left = "", limit - len(_CARD_END)
    for line in re.split(r"\r?\n", vcard.removesuffix(_CARD_END).rstrip()):
        shown = clipped(line, _LINE_BYTES) + "\r\n"
        left -= size.text(shown) - 1
        if left < 0:
            break
        kept += shown
    return kept + _CARD_END
