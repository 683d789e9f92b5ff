"""Results of lookups in records, kept for a day: fresh for minutes, and told with their age if a source is
dead."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from pydantic import BaseModel

from shared.models.document import Document

#: How long a result is kept.
KEPT = timedelta(days=1)


class KeptDay(BaseModel):
    """A date, in ISO 8601: Firestore has moments only."""

    day: str


class KeptMoment(BaseModel):
    moment: datetime


class KeptFile(BaseModel):
    """A file of a record: its place in the source."""

    name: str
    media_type: str
    place: str
    size: int | None = None


Kept = bool | int | float | str | list[str] | KeptDay | KeptMoment


class Lookup(Document):
    """The result of one lookup, for one conversation and identity: `lookup` is a digest of both and of the
    question. The field `expires_at` is Firestore's TTL too."""

    path: ClassVar[str] = "tenants/{tenant}/conversations/{conversation}/lookups/{lookup}"
    tenant: str
    conversation: str
    lookup: str
    action: str
    at: datetime
    expires_at: datetime
    rows: list[dict[str, Kept]]
    more: bool = False
    files: list[KeptFile] = []
