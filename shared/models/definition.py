"""Triggers as people write them: when a message begins, for whom, and its words."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from shared.models.attributes import AttributeName
from shared.models.staff import Language, Slug, Strict

_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"
#: A time of day without a zone, `18:30`: that of the contact.
TimeOfDay = Annotated[str, Field(pattern=f"^{_TIME}$", examples=["18:30"])]
#: A time without a zone, `2026-12-24T18:30`: that of the contact.
LocalTime = Annotated[
    str,
    Field(pattern=rf"^[0-9]{{4}}-[01][0-9]-[0-3][0-9]T{_TIME}$", examples=["2026-12-24T18:30"]),
]
#: A length of time: `30m`, `22h`, `3d`.
Span = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}[mhd]$", examples=["22h"])]
#: Hours of a day, `21:00-08:00`; they may go past midnight.
Hours = Annotated[str, Field(pattern=f"^{_TIME}-{_TIME}$", examples=["21:00-08:00"])]
#: A country's code (ISO 3166-1, two letters).
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", examples=["SN"])]
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
EventName = Literal["new_contact", "attribute_changed", "handoff_closed", "rating_given"]


def length(span: Span) -> timedelta:
    """Returns the length of time."""
    return timedelta(**{_UNITS[span[-1]]: int(span[:-1])})


class Before(Strict):
    """`days` before a date of the contact, at a time of day; 0 is the day itself."""

    before: AttributeName
    days: int = Field(0, ge=0, le=400)
    at: TimeOfDay


class After(Strict):
    """`days` after a date of the contact, at a time of day."""

    after: AttributeName
    days: int = Field(0, ge=0, le=400)
    at: TimeOfDay


class Birthday(Strict):
    """Each year on the day of a date of the contact; one on 29 February is on 28 February in other years."""

    birthday: AttributeName
    at: TimeOfDay


class Cron(Strict):
    """A recurring local time: minute, hour, day of month, month, day of week (crontab(5))."""

    cron: str = Field(min_length=9, max_length=100)


class Once(Strict):
    """A broadcast: once for each contact, at a local time, or as soon as it is confirmed (`confirmed`)."""

    once: LocalTime | Literal["confirmed"]


class Silence(Strict):
    """A span after the person's last message."""

    silence: Span


class WindowCloses(Strict):
    """A span before the network's window for free messages closes, which begins with the person's message."""

    before_window_closes: Span


class Happening(Strict):
    """An event of the contact, and a delay after it. `attribute` is the one of `attribute_changed`."""

    event: EventName
    delay: Span | None = None
    attribute: AttributeName | None = None


#: The fields that say how a trigger begins; a `When` has exactly one of them.
BEGINNINGS = ("before", "after", "birthday", "cron", "once", "silence", "before_window_closes", "event")


def _beginning(value: Any) -> str | None:
    """Returns the field that says how it begins, or None if there is none or more than one."""
    fields = value if isinstance(value, dict) else getattr(type(value), "model_fields", ())
    named = [name for name in BEGINNINGS if name in fields]
    return named[0] if len(named) == 1 else None


When = Annotated[
    Annotated[Before, Tag("before")]
    | Annotated[After, Tag("after")]
    | Annotated[Birthday, Tag("birthday")]
    | Annotated[Cron, Tag("cron")]
    | Annotated[Once, Tag("once")]
    | Annotated[Silence, Tag("silence")]
    | Annotated[WindowCloses, Tag("before_window_closes")]
    | Annotated[Happening, Tag("event")],
    Discriminator(_beginning),
]


class Option(Strict):
    """One of the choices below the text; `topic` is the entry of the knowledge that answers it."""

    title: str = Field(min_length=1, max_length=24)
    topic: Slug | None = None


class File(Strict):
    """A file at a public address, sent with the text as its caption."""

    url: str = Field(pattern=r"^https?://[^\s]{1,1900}$")
    kind: Literal["image", "video", "document"] = "image"
    filename: str = Field("", max_length=200)


class Words(Strict):
    """The message in one language: a template of text (formats/templates.py), choices and a file."""

    text: str = Field(min_length=1, max_length=3500)
    choices: list[Option] = Field([], max_length=10)
    file: File | None = None


class Approved(Strict):
    """A template that the network approved, for outside its window; `parameters` are templates of text."""

    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    parameters: list[str] = Field([], max_length=20)


class Lateness(Strict):
    """What becomes of an occurrence whose time has passed, for example in an outage.

    `send` sends it all the same; `skip_if_older_than` leaves it out after `hours`; `latest_only` leaves it
    out if a later one of the trigger is due for the same contact.
    """

    policy: Literal["send", "skip_if_older_than", "latest_only"] = "skip_if_older_than"
    hours: int = Field(12, ge=1, le=720)


class Definition(Strict):
    """A trigger as people write it.

    `who` is a condition on the contact in CEL (https://cel.dev), "" for everybody; `kind` is the consent that
    it needs. `busy` says what happens while a human has the conversation, or the person is writing: wait, or
    send all the same. `holidays` and `quiet` say what happens on holidays and in the tenant's quiet hours.
    `reply_topic` is the entry of the knowledge that answers the person's reply; `rating` asks for one to five
    stars. `channels` are the only ones it may use, all if there are none.
    """

    when: When
    who: str = Field("", max_length=1000)
    kind: Literal["service", "promotion"] = "service"
    says: dict[Language, Words] = Field(min_length=1, max_length=10)
    template: dict[Language, Approved] = Field({}, max_length=10)
    late: Lateness = Lateness()
    busy: Literal["wait", "send"] = "wait"
    holidays: Literal["move", "send"] = "move"
    quiet: Literal["move", "send"] = "move"
    channels: list[Slug] = Field([], max_length=10)
    reply_topic: Slug | None = None
    rating: bool = False


class Messaging(Strict):
    """Rules for messages that we begin. `quiet` are hours of the contact's day in which none is sent;
    `holidays` is the country whose holidays count beside the tenant's own.

    A person gets at most `per_day` and `per_week` of them, over all triggers. `channels` are preferred in
    this order for people who have written on none.
    """

    quiet: Hours | None = "21:00-08:00"
    holidays: Country | None = None
    per_day: int = Field(2, ge=1, le=50)
    per_week: int = Field(6, ge=1, le=200)
    channels: list[Slug] = Field([], max_length=10)
