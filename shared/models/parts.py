"""What a message is made of: one typed part per thing a person sees."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class Text(BaseModel):
    """Plain text with WhatsApp's light marks (*bold*, _italic_); a channel renders it its own way."""

    type: Literal["text"] = "text"
    text: str


class Media(BaseModel):
    """A file on the gateway's side. `url` is where the gateway says it is: not to be trusted, nor fetched
    without the channel's own checks. None means that the gateway has not downloaded it."""

    type: Literal["media"] = "media"
    kind: Literal["image", "video", "voice", "audio", "document", "sticker"]
    mimetype: str = ""
    filename: str = ""
    caption: str = ""
    url: str | None = None


class Location(BaseModel):
    """A place in degrees (WGS 84); `live` where the person shares their movement."""

    type: Literal["location"] = "location"
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str = ""
    address: str = ""
    live: bool = False


class ContactCard(BaseModel):
    """A vCard somebody shared."""

    type: Literal["contact"] = "contact"
    name: str
    vcard: str


class Pressed(BaseModel):
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


def preview(parts: list[Part], limit: int = 120) -> str:
    """One line for the console: the words, or what stands in their place in brackets."""
    line = " ".join(" ".join(words(part) for part in parts).split())
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
