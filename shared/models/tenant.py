"""An organisation as data: the content of `infra/tenants/*.yaml`, and the documents made from it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import ClassVar, Literal

from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from shared.models.answers import Answers
from shared.models.attributes import Attribute, AttributeName
from shared.models.definition import EventName, Messaging
from shared.models.document import Document
from shared.models.news import Latest
from shared.models.service import Action, Profile, RecordsEntry, Service
from shared.models.staff import (
    SLUG,
    Day,
    DayOfYear,
    HandoffRules,
    Interval,
    Language,
    Member,
    NotifierEntry,
    Slug,
    Strict,
    Way,
)


def is_slug(value: str) -> bool:
    """Whether `value` can be the name of a tenant or a channel."""
    return _SLUG.fullmatch(value) is not None


_SLUG = re.compile(SLUG)


#: The roles of a tenant's own secrets.
TenantSecret = Literal["link_key", "contacts_key"]


class Limits(Strict):
    """The bounds that a tenant may set, with the product's defaults."""

    messages_per_minute: int = Field(10, ge=1, le=120)
    #: Of all people together; strangers may use half of it (inbound/floods.py).
    tenant_messages_per_minute: int = Field(6_000, ge=20, le=100_000)
    session_idle_minutes: int = Field(30, ge=1, le=1440)
    human_silence_minutes: int = Field(60, ge=1, le=10080)
    #: The age from which a message that arrives for the first time counts as late (answers/late.py).
    late_after_hours: int = Field(12, ge=1, le=168)


class AddedLanguage(Strict):
    """A language that the product does not ship: its English name for prompts, and its everyday words.

    A text is recognised as this language by the words (articles, pronouns, greetings …).
    """

    name: str = Field(min_length=1, max_length=60)
    words: list[str] = Field(min_length=1, max_length=500)


class Emergencies(Strict):
    words: list[str] = Field([], max_length=100)


class Listens(BaseModel):
    """Triggers that the rest of the core must know of: those of each event, and the shortest silence
    (minutes) that a trigger waits for."""

    events: dict[EventName, list[Slug]] = {}
    silence_minutes: int | None = None


class Tenant(Document):
    """One organisation's settings; its channels and knowledge are documents below it."""

    path: ClassVar[str] = "tenants/{tenant}"
    tenant: Slug
    name: str = Field(min_length=1, max_length=200)
    languages: list[Language] = Field(min_length=1, max_length=10)
    languages_added: dict[Language, AddedLanguage] = Field({}, max_length=10)
    timezone: str = "UTC"
    scope: str = Field("", max_length=4000)
    hours: dict[Day, list[Interval]] = {}
    emergencies: Emergencies = Emergencies()
    texts: dict[Language, dict[str, str]] = {}
    answers: Answers = Answers()
    limits: Limits = Limits()
    #: Days on which nobody works, whatever the hours say.
    holidays: list[DayOfYear] = Field([], max_length=400)
    staff: dict[Slug, Member] = Field({}, max_length=200)
    #: Ways to the organisation itself, for when no member of staff can be reached or there is no staff.
    contacts: list[Way] = Field([], max_length=10)
    notifiers: dict[Slug, NotifierEntry] = Field({}, max_length=20)
    handoff: HandoffRules = HandoffRules()
    #: The attributes that contacts may have.
    attributes: dict[AttributeName, Attribute] = Field({}, max_length=100)
    messaging: Messaging = Messaging()
    #: What the organisation offers, in the order of its menu; without any, the topics of its knowledge.
    services: dict[Slug, Service] = Field({}, max_length=30)
    profiles: dict[Slug, Profile] = Field({}, max_length=20)
    actions: dict[Slug, Action] = Field({}, max_length=100)
    records: dict[Slug, RecordsEntry] = Field({}, max_length=20)
    #: Made from the triggers by us (tenants/listening.py).
    listens: SkipJsonSchema[Listens] = Listens()
    #: Written by the check of what people edit (tenants/versions.py): the error in one sentence, "" if there
    #: is none, and a digest of the fields that were checked.
    problem: SkipJsonSchema[str] = ""
    checked: SkipJsonSchema[str] = ""
    #: The tenant's own secrets: `link_key` signs the links that staff get, `contacts_key` the requests of the
    #: organisation's own system (functions/contacts).
    secrets: dict[TenantSecret, str] = {}


class Health(Latest):
    """The last known state of a gateway's connection.

    `status` is the gateway's own word for it, or ours if it gives none (`unreachable`, `not_registered`,
    `silent`).
    """

    status: str
    working: bool


class Channel(Document):
    """A tenant's connection to a network through one gateway.

    `secrets` maps the names that the channel's file uses to the names in the secret store; it never has a
    secret's value.
    """

    path: ClassVar[str] = "tenants/{tenant}/channels/{channel}"
    tenant: Slug
    channel: Slug
    kind: Slug
    settings: dict[str, str | int | bool | list[str]] = {}
    secrets: dict[str, str] = {}
    health: Health | None = None
    #: Time of maintenance's next check of the gateway: at once for a new channel, None without a gateway.
    due_at: datetime | None = datetime(1970, 1, 1, tzinfo=UTC)
    #: As those of the tenant.
    problem: str = ""
    checked: str = ""


class Wording(Strict):
    """One fact in one language: the questions that people ask about it, and the answer."""

    questions: list[str] = Field(min_length=1, max_length=20)
    answer: str = Field(min_length=1, max_length=4000)


class Embedded(BaseModel):
    """Vectors of an entry's pieces (knowledge/vectors.py); `of` is a digest of the words and the embedder."""

    of: str
    vectors: str


class KnowledgeEntry(Document):
    """One fact with its source. `topic`, `source` and `wordings` are by language."""

    path: ClassVar[str] = "tenants/{tenant}/knowledge/{entry}"
    tenant: Slug
    entry: Slug
    topic: dict[Language, str] = {}
    source: dict[Language, str] = {}
    wordings: dict[Language, Wording] = Field(min_length=1)
    embedded: Embedded | None = None
