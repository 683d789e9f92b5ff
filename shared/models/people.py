"""Who writes: a contact is a person, an identity is one way in which a network names that person."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from shared.models.bounds import Short
from shared.models.document import Document
from shared.models.news import Latest, News, admits, applied

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_PLAIN = re.compile(r"[\w+.@:=~-]{1,200}\Z", re.ASCII)
#: How ids name a person: an address or WhatsApp's JID, Meta's message id (a number in base64), a WhatsApp
#: user id, a number that may be a telephone's, a LID or Telegram's, and a chat's number before the message's.
_NAMES = re.compile(
    r"@|(?<![A-Za-z0-9])(?:wamid\.|[A-Z]{2}\.[A-Za-z0-9]"
    r"|(?:[0-9]{5,}|[0-9]+[^A-Za-z0-9]+[0-9]+)(?![A-Za-z0-9]))"
)
#: Such a number inside a longer word, unless that is a long key in hexadecimal: there, digits are chance.
_WORD, _DIGITS = re.compile("[A-Za-z0-9]+"), re.compile("[0-9]{7}")
_KEY = re.compile("(?=[0-9]*[A-Fa-f])[0-9A-Fa-f]{16,}")
_UUID = re.compile("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


class Standing(StrEnum):
    """Whether the concierge may talk to a person at all."""

    OPEN = "open"
    BLOCKED = "blocked"
    OPTED_OUT = "opted_out"


class Address(BaseModel):
    """How a gateway named the sender. `chat` is what an answer is sent to, exactly as the gateway wrote it;
    `identities` are the names this event proves to be one person, the steadiest first, each as
    `network:value` (`whatsapp:+221770000001`, `whatsapp:lid-1000`, `web:…`)."""

    chat: str = Field(min_length=1, max_length=200)
    identities: list[str] = Field(min_length=1, max_length=5)
    name: Short = ""


FactName = Literal["blocked", "opted_out"]
Source = Literal["network", "person", "staff"]


class Fact(BaseModel):
    """Whether something holds of a person, who said so, and the newest news of it: None if it was told at a
    time that nobody wrote down."""

    holds: bool
    source: Source
    latest: Latest | None = None


def standing_of(blocked: Fact | None, opted_out: Fact | None) -> Standing:
    """The standing that follows from the two facts."""
    if blocked and blocked.holds:
        return Standing.BLOCKED
    return Standing.OPTED_OUT if opted_out and opted_out.holds else Standing.OPEN


class _Person(Document):
    """What a contact and each of its identities know of a person's standing. `blocked` (by the network, or by
    staff) and `opted_out` (by the person) are independent; None is a fact that nobody has told of. `standing`
    follows from them."""

    standing: Standing = Standing.OPEN
    blocked: Fact | None = None
    opted_out: Fact | None = None

    def fact(self, name: FactName) -> Fact | None:
        """The fact, also of a document from before there were facts beside the standing."""
        known: Fact | None = getattr(self, name)
        if known is None and self.standing == Standing(name):
            return Fact(holds=True, source="network" if name == "blocked" else "person")
        return known

    def learn(self, name: FactName, *, holds: bool, source: Source, event: News) -> bool:
        """Takes over what the event says. Returns False if newer news is known."""
        known = self.fact(name)
        if known is not None and not admits(known.latest, event):
            return False
        fact = Fact(holds=holds, source=source, latest=applied(known.latest if known else None, event))
        self.stand(**{"blocked": self.fact("blocked"), "opted_out": self.fact("opted_out"), name: fact})
        return True

    def stand(self, blocked: Fact | None, opted_out: Fact | None) -> None:
        """Sets both facts, and the standing that follows."""
        self.blocked, self.opted_out = blocked, opted_out
        self.standing = standing_of(blocked, opted_out)

    def stand_as(self, other: _Person) -> None:
        self.stand(other.fact("blocked"), other.fact("opted_out"))


class Identity(_Person):
    """`network:value` → contact, with the standing that intake needs, so that one read tells both. `contact`
    is empty if the last person it was given up, and nobody has written under it since."""

    path: ClassVar[str] = "tenants/{tenant}/identities/{identity}"
    tenant: str
    identity: str
    contact: str
    #: The person's other identities, so that meeting them together again reads nothing more.
    also: list[str] = []
    #: The earliest event that is known of its contact under it, by the gateway's time.
    met_at: datetime | None = None
    #: The newest move that gave it to its contact, or took it from the contact before, which is `former`.
    since: Latest | None = None
    former: str = ""

    def is_past(self, at: datetime) -> bool:
        """Whether it belonged to the former contact at that time."""
        return self.since is not None and at < self.since.at

    def contact_at(self, at: datetime) -> str:
        """The contact that it led to at that time, "" if none is known."""
        return self.former if self.is_past(at) else self.contact

    def admits_move(self, move: News) -> bool:
        """Whether nothing newer tells whose this is."""
        return admits(self.since, move) and (self.met_at is None or move.at >= self.met_at)

    def pass_to(self, contact: str, move: News) -> None:
        """Leads to another contact from the move on; "" is a contact yet to be met."""
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
    attributes: dict[str, str] = {}
    consent: list[Consent] = []
    created_at: datetime
    #: The contact that this one turned out to be.
    merged_into: str = ""


class Consent(BaseModel):
    """One act of opting in or out, by the gateway's time, with its evidence: the message that said so."""

    at: datetime
    standing: Standing
    message: str


def newest_fact(one: Fact | None, other: Fact | None) -> Fact | None:
    """The fact with the newer news, and of the same moment the one that holds. One that nobody told of loses
    to one that was told."""
    return max(filter(None, (one, other)), key=_recency, default=None)


def _recency(fact: Fact) -> tuple[datetime, int, bool]:
    latest = fact.latest
    return (latest.at, latest.order, fact.holds) if latest else (_LONG_AGO, 0, fact.holds)


def document_id(value: str) -> str:
    """A vendor's id as a document id, fit for logs, traces, attributes and addresses: itself if Firestore
    takes it and it names no person, else its digest."""
    return _digest(value) if _personal(value) else plain_id(value)


def identity_id(value: str) -> str:
    """An identity (`network:value`) as a document id. It names a person: its path is masked wherever paths
    are shown (platform/endpoint.py)."""
    return plain_id(value)


def plain_id(value: str) -> str:
    """An id made of document ids and of our own as a document id: itself if Firestore takes it. Vendors' ids
    were stored like that before all that name a person became digests; Meta's `wamid.…` never was."""
    fits = _PLAIN.match(value) and value not in (".", "..") and not value.startswith(("__", "wamid."))
    return value if fits else _digest(value)


def _personal(value: str) -> bool:
    """Whether an id may name a person, told by the id alone, for every gateway. A UUID never does."""
    if _UUID.fullmatch(value):
        return False
    numbered = (word for word in _WORD.findall(value) if _DIGITS.search(word))
    return bool(_NAMES.search(value)) or not all(map(_KEY.fullmatch, numbered))


def _digest(value: str) -> str:
    return "sha256-" + hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()[:40]
