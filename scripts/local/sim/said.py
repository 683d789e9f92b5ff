"""The bodies that the phone page posts."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from shared.models.staff import Slug, Strict


class Here(Strict):
    """The place of an action: the person `peer` on a tenant's channel."""

    tenant: Slug
    channel: Slug = "waha"
    peer: str = Field(min_length=1, max_length=64)


class Place(Strict):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    name: str = Field("", max_length=200)


class Sent(Strict):
    """An uploaded file and the kind of message to send it as; the text is its caption."""

    id: str = Field(max_length=64)
    kind: Literal["image", "document", "voice"]


class Press(Strict):
    """A press on a button or a list's row under the message `on`."""

    id: str = Field(min_length=1, max_length=300)
    title: str = Field(min_length=1, max_length=100)
    on: str = Field(min_length=1, max_length=200)


class Said(Here):
    """A message of the person, or with `staff` one typed on the organisation's own phone to that person.
    `quote` is the message that it answers."""

    text: str = Field("", max_length=20_000)
    name: str = Field("", max_length=100)
    location: Place | None = None
    file: Sent | None = None
    press: Press | None = None
    quote: str | None = Field(None, max_length=200)
    staff: bool = False

    @model_validator(mode="after")
    def _says_one_thing(self) -> Said:
        if not self.text.strip() and not (self.location or self.file or self.press):
            raise ValueError("expected text, location, file or press")
        if sum(each is not None for each in (self.location, self.file, self.press)) > 1:
            raise ValueError("expected one of location, file and press")
        return self

    @property
    def kind(self) -> str:
        if self.file:
            return self.file.kind
        return "location" if self.location else "press" if self.press else "text"
