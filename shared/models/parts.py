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


Part = Annotated[Text | Media | Location | ContactCard, Field(discriminator="type")]


def preview(parts: list[Part], limit: int = 120) -> str:
    """One line for the console: the words, or what stands in their place in brackets."""
    words = [_words(part) for part in parts]
    line = " ".join(" ".join(words).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _words(part: Part) -> str:
    match part:
        case Text():
            return part.text
        case Media():
            return f"[{part.kind}] {part.caption or part.filename}".strip()
        case Location():
            return f"[location] {part.name}".strip()
        case ContactCard():
            return f"[contact] {part.name}".strip()
