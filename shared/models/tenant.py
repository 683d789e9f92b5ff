"""An organisation as data: what `infra/tenants/*.yaml` holds and the documents it becomes."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.models.document import Document
from shared.models.news import Latest

#: How tenants and channels are called.
SLUG = r"[a-z0-9][a-z0-9_-]{0,62}"
Slug = Annotated[str, StringConstraints(pattern=f"^{SLUG}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]
Interval = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def is_slug(value: str) -> bool:
    """Whether a tenant or a channel can be called so."""
    return _SLUG.fullmatch(value) is not None


_SLUG = re.compile(SLUG)


class Strict(BaseModel):
    """Configuration written by people: a misspelt field is an error, not a silence."""

    model_config = ConfigDict(extra="forbid")


class Limits(Strict):
    """Settable bounds, with the product's defaults."""

    messages_per_minute: int = Field(10, ge=1, le=120)
    session_idle_minutes: int = Field(30, ge=1, le=1440)
    human_silence_minutes: int = Field(60, ge=1, le=10080)
    #: The age from which a message that arrives for the first time is not answered as if it were new.
    late_after_hours: int = Field(12, ge=1, le=168)


#: The provider of a tenant without a language model: the knowledge's own words answer.
OFFLINE = "offline"


class Answers(Strict):
    """Who answers. `model` and `secrets` matter to the provider only."""

    provider: Slug = OFFLINE
    model: str = ""
    secrets: dict[str, str] = {}


class AddedLanguage(Strict):
    """A language that the product does not ship: its English name, for prompts, and everyday words (articles,
    pronouns, greetings …), which tell that a text is in it."""

    name: str = Field(min_length=1, max_length=60)
    words: list[str] = Field(min_length=1, max_length=500)


class Emergencies(Strict):
    words: list[str] = Field([], max_length=100)


class Tenant(Document):
    """One organisation's settings; its channels and knowledge are documents below it."""

    path: ClassVar[str] = "tenants/{tenant}"
    tenant: Slug
    name: str = Field(min_length=1, max_length=200)
    languages: list[Language] = Field(min_length=1, max_length=10)
    languages_added: dict[Language, AddedLanguage] = Field({}, max_length=10)
    timezone: str = "UTC"
    country: str = ""
    scope: str = Field("", max_length=4000)
    hours: dict[Day, list[Interval]] = {}
    emergencies: Emergencies = Emergencies()
    texts: dict[Language, dict[str, str]] = {}
    answers: Answers = Answers()
    limits: Limits = Limits()


class Health(Latest):
    """What was last learnt of the gateway's connection: `status` is its own word for it, or ours where it
    says none (`unreachable`, `not_registered`, `silent`)."""

    status: str
    working: bool


class Channel(Document):
    """A tenant's connection to a network through one gateway. `secrets` maps what the channel's file asks
    for to the names under which the values are kept; no value is ever here."""

    path: ClassVar[str] = "tenants/{tenant}/channels/{channel}"
    tenant: Slug
    channel: Slug
    kind: Slug
    settings: dict[str, str | int | bool | list[str]] = {}
    secrets: dict[str, str] = {}
    health: Health | None = None
    #: When maintenance next asks the gateway how it is; a new channel's is asked at once, None for one that
    #: has no gateway.
    due_at: datetime | None = datetime(1970, 1, 1, tzinfo=UTC)


class Wording(Strict):
    """One fact in one language: how people ask for it, and what they are told."""

    questions: list[str] = Field(min_length=1, max_length=20)
    answer: str = Field(min_length=1, max_length=4000)


class KnowledgeEntry(Document):
    """One fact with its source. `topic` and `source` are by language."""

    path: ClassVar[str] = "tenants/{tenant}/knowledge/{entry}"
    tenant: Slug
    entry: Slug
    topic: dict[Language, str] = {}
    source: dict[Language, str] = {}
    wordings: dict[Language, Wording] = Field(min_length=1)
