"""People: a contact is a person, an identity is one name of that person in a network."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from shared.models.attributes import Value
from shared.models.bounds import Short
from shared.models.document import Document
from shared.models.news import Latest, News, admits, applied

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_PLAIN = re.compile(r"[\w+.@:=~-]{1,200}\Z", re.ASCII)
#: Forms of ids that name a person: an address or WhatsApp's JID, Meta's message id (a number in base64), a
#: WhatsApp user id, a number that may be a phone's, a LID or Telegram's, a chat's number before a message's.
_NAMES = re.compile(
    r"@|(?<![A-Za-z0-9])(?:wamid\.|[A-Z]{2}\.[A-Za-z0-9]"
    r"|(?:[0-9]{5,}|[0-9]+[^A-Za-z0-9]+[0-9]+)(?![A-Za-z0-9]))"
)
#: Such a number inside a longer word, unless the word is a long hexadecimal key: digits are random there.
_WORD, _DIGITS = re.compile("[A-Za-z0-9]+"), re.compile("[0-9]{7}")
_KEY = re.compile("(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{16,}")
_UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Standing(StrEnum):
    """Whether the concierge may talk to a person at all."""

    OPEN = "open"
    BLOCKED = "blocked"
    OPTED_OUT = "opted_out"


class Address(BaseModel):
    """The gateway's names for a person. `chat` is the address of answers, exactly as the gateway wrote it.

    `identities` are the names that this event proves to be one person, the steadiest first, each as
    `network:value` (`whatsapp:+221770000001`, `whatsapp:lid-1000`, `web:…`).
    """

    chat: str = Field(min_length=1, max_length=200)
    identities: list[str] = Field(min_length=1, max_length=5)
    name: Short = ""


FactName = Literal["blocked", "opted_out"]
Source = Literal["network", "person", "staff"]
#: Kinds of messages that we begin, each with a consent of its own.
MessageKind = Literal["service", "promotion"]


class Fact(BaseModel):
    """A fact about a person: whether it `holds`, the source, and the newest event that set it.

    `latest` is None if the time of that event was not recorded.
    """

    holds: bool
    source: Source
    latest: Latest | None = None


def standing_of(blocked: Fact | None, opted_out: Fact | None) -> Standing:
    """Returns the standing that follows from the two facts."""
    if blocked and blocked.holds:
        return Standing.BLOCKED
    return Standing.OPTED_OUT if opted_out and opted_out.holds else Standing.OPEN


class _Person(Document):
    """The standing of a person, stored in the contact and in each of its identities.

    The facts `blocked` (by the network or by staff) and `opted_out` (by the person) are independent, None if
    unknown. `standing` follows from them.
    """

    standing: Standing = Standing.OPEN
    blocked: Fact | None = None
    opted_out: Fact | None = None

    def fact(self, name: FactName) -> Fact | None:
        """Returns the fact; derives it from the standing in an older document that has no facts."""
        known: Fact | None = getattr(self, name)
        if known is None and self.standing == Standing(name):
            return Fact(holds=True, source="network" if name == "blocked" else "person")
        return known

    def learn(self, name: FactName, *, holds: bool, source: Source, event: News) -> bool:
        """Sets a fact from an event. Returns False, without a change, if a newer event has set it."""
        known = self.fact(name)
        if known is not None and not admits(known.latest, event):
            return False
        fact = Fact(holds=holds, source=source, latest=applied(known.latest if known else None, event))
        self.stand(**{"blocked": self.fact("blocked"), "opted_out": self.fact("opted_out"), name: fact})
        return True

    def stand(self, blocked: Fact | None, opted_out: Fact | None) -> None:
        """Sets both facts, and the standing that follows from them."""
        self.blocked, self.opted_out = blocked, opted_out
        self.standing = standing_of(blocked, opted_out)

    def stand_as(self, other: _Person) -> None:
        """Copies both facts and the standing from `other`."""
        self.stand(other.fact("blocked"), other.fact("opted_out"))


class Identity(_Person):
    """The contact of a `network:value`, with the standing, so that intake gets both with one read.

    `contact` is empty if its last person gave it up and no person has written under it since.
    """

    path: ClassVar[str] = "tenants/{tenant}/identities/{identity}"
    tenant: str
    identity: str
    contact: str
    #: The person's other identities, so that meeting them together again reads nothing more.
    also: list[str] = []
    #: Time of its contact's earliest known event under it, by the gateway.
    met_at: datetime | None = None
    #: The newest move that gave it to its contact, or took it from `former`, the contact before.
    since: Latest | None = None
    former: str = ""

    def is_past(self, at: datetime) -> bool:
        """Whether it belonged to the former contact at that time."""
        return self.since is not None and at < self.since.at

    def contact_at(self, at: datetime) -> str:
        """Returns its contact at that time, or "" if it is unknown."""
        return self.former if self.is_past(at) else self.contact

    def admits_move(self, move: News) -> bool:
        """Whether the move is newer than every known event about this identity's contact."""
        return admits(self.since, move) and (self.met_at is None or move.at >= self.met_at)

    def pass_to(self, contact: str, move: News) -> None:
        """Gives the identity to another contact from the move on; "" if that contact is not known yet."""
        self.contact, self.former = contact, self.contact
        self.since, self.met_at, self.also = applied(self.since, move), None, []
        self.stand(None, None)


class Contact(_Person):
    """A person, under an internal id that is never a phone number."""

    path: ClassVar[str] = "tenants/{tenant}/contacts/{contact}"
    tenant: str
    contact: str
    name: str = ""
    language: str = ""
    identities: list[str] = []
    #: The phone number in E.164, "" if it is unknown.
    phone: str = ""
    #: A time zone's name, and a country (ISO 3166), "" if unknown.
    timezone: str = ""
    country: str = ""
    attributes: dict[str, Value] = {}
    consent: list[Consent] = []
    #: Whether we may begin messages of a kind, by kind, the newest word of each.
    permissions: dict[MessageKind, Permission] = {}
    #: Times of the last messages that we began, newest last.
    reached: list[datetime] = []
    #: When its occurrences are planned anew; set with each change that may move them, None once it is done.
    plan_at: datetime | None = None
    #: Contacts that were merged into this one.
    absorbed: list[str] = []
    #: The keys by which staff find it (conversation/finding.py).
    search: list[str] = []
    created_at: datetime
    #: The contact that this one was merged into, "" if it was not.
    merged_into: str = ""


class Permission(BaseModel):
    """Whether the person allows messages of a kind that we begin, since `at`, with its evidence: `source` is
    `system` (the organisation's own), `file` (an import), or `person`, and `evidence` names the record."""

    given: bool
    at: datetime
    source: Literal["system", "file", "person"]
    evidence: str = ""

    def outlasts(self, later: Permission) -> bool:
        """Whether this is the person's own refusal, and the later word is not theirs."""
        return self.source == "person" and not self.given and later.source != "person"


class Consent(BaseModel):
    """One act of opting in or out, by the gateway's time, with the message as its evidence."""

    at: datetime
    standing: Standing
    message: str


def newest_fact(one: Fact | None, other: Fact | None) -> Fact | None:
    """Returns the fact with the newer event; at the same time, the one that holds. None loses to any fact."""
    return max(filter(None, (one, other)), key=_recency, default=None)


def newest_permission(one: Permission | None, other: Permission) -> Permission:
    """Returns the newer permission; but the person's own refusal outlasts words that are not theirs."""
    if one is None:
        return other
    earlier, later = sorted((one, other), key=lambda each: (each.at, not each.given))
    return earlier if earlier.outlasts(later) else later


def _recency(fact: Fact) -> tuple[datetime, int, bool]:
    latest = fact.latest
    return (latest.at, latest.order, fact.holds) if latest else (_LONG_AGO, 0, fact.holds)


def document_id(value: str) -> str:
    """Returns a vendor's id as a document id that is fit for logs, traces, attributes and addresses.

    It is the id itself if Firestore accepts it and it cannot name a person, else its digest.
    """
    return _digest(value) if _personal(value) else plain_id(value)


def identity_id(value: str) -> str:
    """Returns an identity (`network:value`) as a document id.

    It names a person: its path is masked wherever paths are shown (platform/endpoint.py).
    """
    return plain_id(value)


def plain_id(value: str) -> str:
    """Returns an id that we composed as a document id: itself if Firestore accepts it, else its digest.

    Vendors' ids were stored like that in former versions, except Meta's `wamid.…`.
    """
    fits = _PLAIN.match(value) and value not in (".", "..") and not value.startswith(("__", "wamid."))
    return value if fits else _digest(value)


def _personal(value: str) -> bool:
    """Whether an id may name a person, judged by the id alone, for every gateway. A UUID never does."""
    if _UUID.fullmatch(value):
        return False
    numbered = (word for word in _WORD.findall(value) if _DIGITS.search(word))
    return bool(_NAMES.search(value)) or not all(map(_KEY.fullmatch, numbered))


def _digest(value: str) -> str:
    return "sha256-" + hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()[:40]
