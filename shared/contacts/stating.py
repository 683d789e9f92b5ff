"""The content of a record, applied to its contact.

A value changes in the contact only if the record changed it: so a repeated record never overwrites what the
person or another record has said since, and a record takes back its own values only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.contacts.record import CONSENTS, TEXTS
from shared.models.external import Stated
from shared.models.people import Contact, MessageKind, Permission

#: Note for a consent that the person's own refusal outweighs.
REFUSED_BY_PERSON = "the person has refused these messages themself, so they stay refused"


@dataclass(frozen=True)
class Evidence:
    """The source of a record's content, and the record's name in it: an id with its version, a file's row."""

    source: Literal["system", "file"]
    name: str


def state(contact: Contact, before: Stated, after: Stated, evidence: Evidence, now: datetime) -> list[str]:
    """Applies the changes of a record to its contact. Returns notes on what could not be applied."""
    _values(contact, before, after)
    notes = []
    for kind in CONSENTS:
        given = after.consent.get(kind)
        if given is None and kind in before.consent:
            _withdraw(contact, kind)
        elif given is not None and given != before.consent.get(kind):
            told = Permission(given=given, at=now, source=evidence.source, evidence=evidence.name)
            known = contact.permissions.get(kind)
            if known is None or not known.outlasts(told):
                contact.permissions[kind] = told
            elif given:
                notes.append(f"consent.{kind}: {REFUSED_BY_PERSON}")
    return notes


def take_back(contact: Contact, before: Stated, kept: Stated, others: Iterable[Stated]) -> None:
    """Takes a record's content back from its contact, but for the content `kept`.

    What the contact lacks then is filled with the content of its other records; permissions are not.
    """
    _values(contact, before, kept)
    for kind in before.consent:
        _withdraw(contact, kind)
    for other in others:
        for name in TEXTS:
            setattr(contact, name, getattr(contact, name) or getattr(other, name))
        contact.attributes = {**other.attributes, **contact.attributes}


def _values(contact: Contact, before: Stated, after: Stated) -> None:
    """Changes the values that differ between both; one that is gone only if the contact still has it."""
    for name in TEXTS:
        was, told = getattr(before, name), getattr(after, name)
        if was != told and (told or getattr(contact, name) == was):
            setattr(contact, name, told)
    for attribute in {**before.attributes, **after.attributes}:
        value, former = after.attributes.get(attribute), before.attributes.get(attribute)
        if value is not None and value != former:
            contact.attributes[attribute] = value
        elif value is None and contact.attributes.get(attribute) == former:
            contact.attributes.pop(attribute, None)


def _withdraw(contact: Contact, kind: MessageKind) -> None:
    """Takes a permission back, unless it is the person's own word."""
    known = contact.permissions.get(kind)
    if known is not None and known.source != "person":
        del contact.permissions[kind]
