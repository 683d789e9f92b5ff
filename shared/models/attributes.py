"""Attributes of contacts: a tenant declares their names and types; a contact has values of those types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.models.staff import Language, Strict

#: An attribute's name, which is a variable in conditions and templates.
AttributeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
#: `date` is `2026-12-24`, `time` is `18:30`, both without a zone; `moment` is a time with a zone, stored in
#: UTC (`2026-12-24T18:30:00+00:00`).
Kind = Literal["text", "number", "date", "time", "moment", "boolean", "choice", "list_of_text"]
#: A value as it is stored: dates, times and moments as text in ISO 8601.
Value = str | int | float | bool | list[str]

#: What conditions and templates know of every contact beside its attributes; `today` is the contact's day.
BUILT_IN: Mapping[str, Kind] = {
    "name": "text",
    "language": "text",
    "country": "text",
    "timezone": "text",
    "today": "date",
}


class Attribute(Strict):
    """The declaration of an attribute. `label` is its name for people, by language; `choices` are the values
    of a `choice`.

    The value of a `private` attribute is shown to no administrator but in the contact's own document, and
    reaches no model.
    """

    type: Kind
    label: dict[Language, str] = Field({}, max_length=10)
    private: bool = False
    choices: list[str] = Field([], max_length=100)
