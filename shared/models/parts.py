"""What a message is made of: one typed part per thing a person sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field


class _Said(BaseModel):
    """`cut` if it was longer than we keep (models/bounds.py)."""

    cut: bool = False


class Text(_Said):
    """Plain text with WhatsApp's light marks (*bold*, _italic_); a channel renders it its own way. `reply_to`
    is the gateway's id of the message that this one quotes; a channel without quotes leaves it out."""

    type: Literal["text"] = "text"
    text: str
    reply_to: str = ""


class Media(_Said):
    """A file on the gateway's side. `url` is where the gateway says it is: not to be trusted, nor fetched
    without the channel's own checks. None means that the gateway has not downloaded it, or names the file by
    an `id` of its own, for which it tells a short-lived place (Telegram's file_id). One that we send is
    fetched from `url` by the gateway.

    Once we have the file, `stored` is its blob's name, `stored_type` what its bytes are and `size` how many;
    `problem` says why we do not have it."""

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

    @property
    def media_type(self) -> str:
        """The `mimetype`, or what a file of its kind most likely is."""
        return self.mimetype or _MEDIA_TYPES[self.kind]


_MEDIA_TYPES = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "voice": "audio/ogg; codecs=opus",
    "audio": "audio/mpeg",
    "document": "application/octet-stream",
    "sticker": "image/webp",
}


class Location(_Said):
    """A place in degrees (WGS 84); `live` where the person shares their movement."""

    type: Literal["location"] = "location"
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str = ""
    address: str = ""
    live: bool = False

    def near(self, other: Location) -> bool:
        """Within a metre: networks round what they are given."""
        return max(abs(self.latitude - other.latitude), abs(self.longitude - other.longitude)) < 1e-5


class ContactCard(_Said):
    """A vCard somebody shared."""

    type: Literal["contact"] = "contact"
    name: str
    vcard: str


class Pressed(_Said):
    """A button or a list row that the person chose: `id` is what we gave it, `title` what they read."""

    type: Literal["pressed"] = "pressed"
    id: str = Field(max_length=300)
    title: str = ""


class Choice(BaseModel):
    """One thing to choose. The bounds are the narrowest of the gateways' (Meta's list rows)."""

    id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=24)
    description: str = Field("", max_length=72)


class Choices(BaseModel):
    """A question with what may be answered: buttons up to three, a list above; numbered text where a channel
    has neither. `label` opens a list."""

    type: Literal["choices"] = "choices"
    text: str = Field(min_length=1, max_length=1024)
    choices: list[Choice] = Field(min_length=1, max_length=10)
    label: str = Field("…", min_length=1, max_length=20)


class Template(BaseModel):
    """A message that the network approved beforehand, with what fills its `{{1}}`, `{{2}}` …; `text` is what
    the person will read, for the transcript and for channels that know no templates."""

    type: Literal["template"] = "template"
    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: str
    parameters: list[str] = Field([], max_length=20)
    text: str = ""


Part = Annotated[
    Text | Media | Location | ContactCard | Pressed | Choices | Template, Field(discriminator="type")
]


#: What we add to a file's part.
_OURS = ("stored", "stored_type", "size", "problem")


def as_told(parts: list[Part]) -> list[Part]:
    """The parts as the gateway told them, without what we know of their files."""
    ours = {name: Media.model_fields[name].default for name in _OURS}
    return [part.model_copy(update=ours) if isinstance(part, Media) else part for part in parts]


def with_files(parts: Sequence[Part], known: Sequence[Part]) -> list[Part]:
    """The parts, with what is known of their files from another copy of the message: its captions may have
    been edited since. A part whose file is another one, or is known already, stays as it is."""
    others = [*known, *[None] * len(parts)]
    return [_with_file(part, other) for part, other in zip(parts, others, strict=False)]


def _with_file(part: Part, other: Part | None) -> Part:
    if not isinstance(part, Media) or not isinstance(other, Media) or part.stored or part.problem:
        return part
    unnamed = part.kind == other.kind and not part.id and not part.url  # an edit may not tell the file again
    if not unnamed and (part.kind, part.id, part.url) != (other.kind, other.id, other.url):
        return part
    return part.model_copy(update={name: getattr(other, name) for name in _OURS})


def unquoted(part: Part) -> Part:
    """The part without its quote: what it quotes may have gone, and the words matter more."""
    return part.model_copy(update={"reply_to": ""}) if isinstance(part, Text) and part.reply_to else part


def as_text(part: Part) -> str:
    """What a part says in a channel that has neither buttons nor templates: choices by their numbers; ""
    for what cannot be said in words alone."""
    match part:
        case Text() | Template():
            return part.text
        case Choices():
            lines = (f"{number}. {_line(choice)}" for number, choice in enumerate(part.choices, start=1))
            return "\n".join([part.text, "", *lines])
    return ""


def _line(choice: Choice) -> str:
    return f"{choice.title}: {choice.description}" if choice.description else choice.title


def alike(sent: Part, listed: Part) -> bool:
    """Whether what a gateway lists may be what we sent: the same words, place or caption. Some gateways tell
    a file's name where it has no caption, and sounds and stickers never have one."""
    match sent, listed:
        case Media(), Media():
            caption, told = sent.caption.strip(), listed.caption.strip()
            silent = sent.kind in ("voice", "audio", "sticker") and not told
            return silent or told in (caption, caption or sent.filename.strip())
        case Location(), Location():
            return sent.near(listed)
        case _, Text():
            return listed.text.strip() == as_text(sent).strip()
    return False


def preview(parts: list[Part], limit: int = 120) -> str:
    """One line for the console: the words, or what stands in their place in brackets."""
    return shortened(" ".join(" ".join(words(part) for part in parts).split()), limit)


def whole(text: str) -> str:
    """Half an emoji, where a model or JavaScript cut one, can be neither stored nor sent: it becomes `?`."""
    return text if text.isascii() else text.encode(errors="replace").decode()


def shortened(line: str, limit: int) -> str:
    """At most `limit` characters of it, the last of them "…" where there is more."""
    return line if len(line) <= limit else line[: limit - 1] + "…"


def words(part: Part) -> str:
    """What a person reads in a part, or what stands in its place in brackets."""
    match part:
        case Text():
            return part.text
        case Media():
            return f"[{part.kind}] {part.caption or part.filename}".strip()
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
