"""Staff as data: the people of an organisation, the ways to reach them, and the times that they promise."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

#: The names of tenants, channels, notifiers and members of staff.
SLUG = r"[a-z0-9][a-z0-9_-]{0,62}"
Slug = Annotated[str, StringConstraints(pattern=f"^{SLUG}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
#: Times of day in the tenant's zone, `08:30-12:30`; a day ends at `24:00`.
Interval = Annotated[
    str,
    StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"),
]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Role = Literal["agent", "supervisor", "admin"]


def _as_text(value: Any) -> Any:
    return value.isoformat() if type(value) is date else value


#: A day as `2026-12-25`. YAML reads such a text as a date, which a document cannot hold.
DayOfYear = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-[01][0-9]-[0-3][0-9]$"), BeforeValidator(_as_text)
]


class Strict(BaseModel):
    """Configuration written by people: an unknown field is an error."""

    model_config = ConfigDict(extra="forbid")


class Way(Strict):
    """A way to reach a member of staff: a `channel` of the tenant's, or one of its notifiers (`notifier`).

    `to` is a phone number in E.164 or a Telegram id for a channel, an e-mail address for mail, and "" for a
    notifier that has one fixed target, such as a room in a team's chat.
    """

    channel: Slug | Literal[""] = ""
    notifier: Slug | Literal[""] = ""
    to: str = Field("", max_length=200)


class Shift(Strict):
    """Working hours on some days of the week, in the tenant's time zone, within two dates if given.

    Both dates belong to it. A night is two shifts, because no interval goes past midnight.
    """

    days: list[Day] = Field(min_length=1, max_length=7)
    hours: list[Interval] = Field(min_length=1, max_length=10)
    begins: DayOfYear | None = None
    ends: DayOfYear | None = None


class Member(Strict):
    """A member of staff. `ways` are tried in their order; without `shifts`, the tenant's opening hours hold.

    `accounts` maps a notifier to the member's id there (Slack's user id, Chatwoot's), to know who answers.
    """

    name: str = Field(min_length=1, max_length=100)
    languages: list[Language] = Field([], max_length=10)
    skills: list[str] = Field([], max_length=20)
    roles: list[Role] = Field(["agent"], min_length=1, max_length=3)
    ways: list[Way] = Field([], max_length=10)
    shifts: list[Shift] = Field([], max_length=50)
    accounts: dict[Slug, str] = Field({}, max_length=10)


class NotifierEntry(Strict):
    """A connection to a way of notifying staff. `kind` is the name of a file in shared/notifiers.

    `secrets` maps the names that the file uses to names in the secret store, never to values.
    """

    kind: Slug
    settings: dict[str, str | int | bool] = {}
    secrets: dict[str, str] = {}


class HandoffRules(Strict):
    """What a request for a human promises, in minutes.

    `answer_minutes` is the shortest wait that people are told of in opening hours; `next_minutes` is the time
    after which the next member of staff is told too; a human's presence ends `idle_minutes` after the last
    word.
    """

    answer_minutes: int = Field(10, ge=1, le=1440)
    next_minutes: int = Field(3, ge=1, le=240)
    idle_minutes: int = Field(30, ge=1, le=1440)
