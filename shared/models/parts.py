"""The parts of a message: one type for each kind of content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field


class _Part(BaseModel):
    """A part; `cut` if it was shortened to the bounds of models/bounds.py."""

    cut: bool = False


class Text(_Part):
    """Plain text with WhatsApp's marks (*bold*, _italic_), which each channel renders in its own way.

    `reply_to` is the gateway's id of the message that this one quotes; a channel without quotes omits it.
    """

    type: Literal["text"] = "text"
    text: str
    reply_to: str = ""


class Media(_Part):
    """A file on the gateway's side.

    `url` is its address by the gateway: untrusted, only to be fetched after the channel's own checks. It is
    None if the gateway has not downloaded the file, or names it by an `id` that it exchanges for a
    short-lived address (Telegram's file_id). A file that we send is fetched from `url` by the gateway.

    Once we have the file, `stored` is its blob's name, `stored_type` the media type of its bytes and `size`
    their number; `problem` is the reason if we do not have it. `heard` are the words of a sound, also of one
    that we made, `unclear` if some of them are in doubt; `unheard` is the reason if a sound should have words
    and has none.
    """

    type: Literal["media"] = "media"
    kind: Literal["image", "video", "voice", "audio", "document", "sticker"]
    mimetype: str = ""
    filename: str = ""
    caption: str = ""
    url: str | None = None
    id: str = ""
    stored: str = ""
    stored_type: str = ""
    size: int = 0
    problem: str = ""
    heard: str = ""
    unclear: bool = False
    unheard: str = ""

    @property
    def sound(self) -> bool:
        """Whether it is a voice note or another sound."""
        return self.kind in ("voice", "audio")

    @property
    def media_type(self) -> str:
        """The `mimetype`, or the most likely media type of a file of its kind."""
        return self.mimetype or _MEDIA_TYPES[self.kind]


_MEDIA_TYPES = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "voice": "audio/ogg; codecs=opus",
    "audio": "audio/mpeg",
    "document": "application/octet-stream",
    "sticker": "image/webp",
}


class Location(_Part):
    """A place in degrees (WGS 84); `live` if the person shares their movement."""

    type: Literal["location"] = "location"
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str = ""
    address: str = ""
    live: bool = False

    def near(self, other: Location) -> bool:
        """Whether the places are within a metre: networks round coordinates."""
        return max(abs(self.latitude - other.latitude), abs(self.longitude - other.longitude)) < 1e-5


class ContactCard(_Part):
    """A contact that a person shared, as a vCard."""

    type: Literal["contact"] = "contact"
    name: str
    vcard: str


class Pressed(_Part):
    """A button or a list row that the person chose, with the `id` and `title` that we gave it."""

    type: Literal["pressed"] = "pressed"
    id: str = Field(max_length=300)
    title: str = ""


class Choice(BaseModel):
    """One of several choices. The bounds are the narrowest of the gateways' (Meta's list rows)."""

    id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=24)
    description: str = Field("", max_length=72)


class Choices(BaseModel):
    """A question with choices: up to three are buttons, more are a list.

    A channel without either shows numbered text. `label` is the caption of the button that opens the list.
    """

    type: Literal["choices"] = "choices"
    text: str = Field(min_length=1, max_length=1024)
    choices: list[Choice] = Field(min_length=1, max_length=10)
    label: str = Field("…", min_length=1, max_length=20)


class Template(BaseModel):
    """A message that the network approved beforehand; `parameters` are the values of its `{{1}}`, `{{2}}` …

    `text` is the filled template, for the transcript and for channels without templates.
    """

    type: Literal["template"] = "template"
    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: str
    parameters: list[str] = Field([], max_length=20)
    text: str = ""


Part = Annotated[
    Text | Media | Location | ContactCard | Pressed | Choices | Template, Field(discriminator="type")
]


#: Fields of a file's part that we add: of the file itself, and of the words in it.
_FILE = ("stored", "stored_type", "size", "problem")
_HEARD = ("heard", "unclear", "unheard")
_OURS = (*_FILE, *_HEARD)


def as_told(parts: list[Part]) -> list[Part]:
    """Returns the parts as the gateway sent them, without the fields that we add."""
    ours = {name: Media.model_fields[name].default for name in _OURS}
    return [part.model_copy(update=ours) if isinstance(part, Media) else part for part in parts]


def with_files(parts: Sequence[Part], known: Sequence[Part]) -> list[Part]:
    """Returns the parts with the fields that we added to their files in another copy of the message.

    The captions may differ: they may have been edited since. A part with another file stays as it is, and
    fields that are set already keep their values.
    """
    others = [*known, *[None] * len(parts)]
    return [_with_file(part, other) for part, other in zip(parts, others, strict=False)]


def _with_file(part: Part, other: Part | None) -> Part:
    if not isinstance(part, Media) or not isinstance(other, Media):
        return part
    unnamed = part.kind == other.kind and not part.id and not part.url  # an edit may not name the file again
    if not unnamed and (part.kind, part.id, part.url) != (other.kind, other.id, other.url):
        return part
    new = (() if part.stored or part.problem else _FILE) + (() if part.heard else _HEARD)
    return part.model_copy(update={name: getattr(other, name) for name in new})


def unquoted(part: Part) -> Part:
    """Returns the part without its quote, to send the words even if the quoted message is gone."""
    return part.model_copy(update={"reply_to": ""}) if isinstance(part, Text) and part.reply_to else part


def in_words(part: Part) -> Text | None:
    """Returns the words of a sound as a text, which is sent if the sound cannot be; None if it has none."""
    return Text(text=part.heard) if isinstance(part, Media) and part.heard else None


def as_text(part: Part) -> str:
    """Returns the text of a part for a channel without buttons or templates, or "" if it is not text.

    Choices are numbered lines.
    """
    match part:
        case Text() | Template():
            return part.text
        case Choices():
            lines = (f"{number}. {told(choice)}" for number, choice in enumerate(part.choices, start=1))
            return "\n".join([part.text, "", *lines])
    return ""


def told(choice: Choice) -> str:
    """Returns a choice on one line: its title and description, or the description that a title shortens."""
    title, more = choice.title, choice.description
    if title.endswith("…") and more.startswith(title.removesuffix("…").rstrip()):
        return more
    return f"{title}: {more}" if more else title


def alike(sent: Part, listed: Part) -> bool:
    """Whether a part that a gateway lists may be one that we sent: the same words, place or caption.

    Some gateways list a file's name if it has no caption, and sounds and stickers never have one.
    """
    match sent, listed:
        case Media(), Media():
            caption, told = sent.caption.strip(), listed.caption.strip()
            silent = sent.kind in ("voice", "audio", "sticker") and not told
            return silent or told in (caption, caption or sent.filename.strip())
        case Location(), Location():
            return sent.near(listed)
        case _, Text():
            said = in_words(sent)
            return listed.text.strip() == (said.text if said else as_text(sent)).strip()
    return False


def preview(parts: list[Part], limit: int = 120) -> str:
    """Returns the words of the parts on one line of at most `limit` characters, for the console."""
    return shortened(" ".join(" ".join(words(part) for part in parts).split()), limit)


def whole(text: str) -> str:
    """Replaces halves of emoji, which models and JavaScript cut, by `?`: they cannot be stored or sent."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def shortened(line: str, limit: int) -> str:
    """Returns the line if it has at most `limit` characters, else its beginning and "…" within `limit`."""
    return line if len(line) <= limit else line[: limit - 1] + "…"


def words(part: Part) -> str:
    """Returns the words that a person reads in a part, or its kind in brackets if it has none."""
    match part:
        case Text():
            return part.text
        case Media():
            return " ".join(filter(None, [f"[{part.kind}]", part.caption or part.filename, part.heard]))
        case Location():
            return f"[location] {part.name}".strip()
        case ContactCard():
            return f"[contact] {part.name}".strip()
        case Pressed():
            return part.title or part.id
        case Choices():
            return f"{part.text} [{' | '.join(choice.title for choice in part.choices)}]"
        case Template():
            return part.text or f"[template] {part.name}"
