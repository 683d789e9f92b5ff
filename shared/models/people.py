"""Who writes: a contact is a person, an identity is one way in which a network names that person."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel, Field

from shared.models.document import Document

_PLAIN = re.compile(r"[\w+.@:=~-]{1,200}\Z", re.ASCII)


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
    name: str = ""


class Identity(Document):
    """`network:value` → contact, with the standing that intake needs, so that one read tells both."""

    path: ClassVar[str] = "tenants/{tenant}/identities/{identity}"
    tenant: str
    identity: str
    contact: str
    standing: Standing = Standing.OPEN
    #: The person's other identities, so that meeting them together again reads nothing more.
    also: list[str] = []


class Contact(Document):
    """A person, under an internal id that is never a phone number."""

    path: ClassVar[str] = "tenants/{tenant}/contacts/{contact}"
    tenant: str
    contact: str
    name: str = ""
    language: str = ""
    identities: list[str] = []
    attributes: dict[str, str] = {}
    standing: Standing = Standing.OPEN
    consent: list[Consent] = []
    created_at: datetime
    #: The contact that this one turned out to be.
    merged_into: str = ""


class Consent(BaseModel):
    """One act of opting in or out, with its evidence: the message that said so."""

    at: datetime
    standing: Standing
    message: str


def document_id(value: str) -> str:
    """A vendor's id as a document id: itself where Firestore takes it, else its digest. Meta's `wamid.…` is a
    person's number in base64, and document ids get into logs."""
    if (
        not value.startswith("wamid.")
        and _PLAIN.match(value)
        and value not in (".", "..")
        and not value.startswith("__")
    ):
        return value
    return "sha256-" + hashlib.sha256(value.encode()).hexdigest()[:40]
