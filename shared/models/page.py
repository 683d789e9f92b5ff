"""Private pages: what one person may read behind a link, for some days."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel

from shared.models.document import Document
from shared.models.service import PageKind


class Appointment(BaseModel):
    """One entry of a schedule: a file of the page is a calendar of these (RFC 5545)."""

    title: str
    begins: datetime
    ends: datetime | None = None
    place: str = ""
    #: Whether it lasts the whole day, or the days before `ends`; the times are then midnights in UTC.
    all_day: bool = False


class Attachment(BaseModel):
    """A file of a page, kept as a blob; `size` is in bytes."""

    name: str
    media_type: str
    blob: str
    size: int


class PageContent(BaseModel):
    """What a page says: a title, paragraphs (with our marks for bold and lists), a calendar, and files.

    A `certificate` and an `invoice` can be had as PDF, which is made of the same words when it is asked for.
    """

    kind: PageKind
    title: str
    language: str
    text: list[str]
    calendar: list[Appointment] = []
    files: list[Attachment] = []


class Page(Document):
    """A page. `page` is the digest of the token in its link, so that this document tells no address.

    It belongs to one person; `views` counts how often it was opened. A page is deleted with its files from
    `expires_at` on (upkeep/pages.py), which is Firestore's TTL too.
    """

    path: ClassVar[str] = "tenants/{tenant}/pages/{page}"
    tenant: str
    page: str
    contact: str
    conversation: str
    content: PageContent
    #: The action, or the member of staff, that made it.
    made_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    views: int = 0
    viewed_at: datetime | None = None

    @property
    def folder(self) -> str:
        """The folder of its files in the store of blobs."""
        return self.location()

    def open(self, now: datetime) -> bool:
        """Whether its link still works."""
        return self.revoked_at is None and now < self.expires_at

    def revoke(self, now: datetime) -> None:
        """Ends its link; the page and its files are due to be deleted."""
        self.revoked_at, self.expires_at = self.revoked_at or now, min(now, self.expires_at)
