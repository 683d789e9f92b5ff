"""Records of people in an organisation's own systems, and the contacts that they are about."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel

from shared.models.attributes import Value
from shared.models.document import Document
from shared.models.people import MessageKind


class Stated(BaseModel):
    """The content of a record as of its newest version; "" and absent keys say nothing."""

    phone: str = ""
    name: str = ""
    language: str = ""
    timezone: str = ""
    country: str = ""
    attributes: dict[str, Value] = {}
    consent: dict[MessageKind, bool] = {}


class External(Document):
    """One record: its id there, its contact here, and its newest known content.

    The path's id may name a person, so it is masked in logs (platform/endpoint.py). A deleted record stays,
    so that a late repeat of an older version does not bring it back.
    """

    path: ClassVar[str] = "tenants/{tenant}/externals/{external}"
    tenant: str
    external: str
    #: The id as the organisation writes it.
    written_id: str
    #: The contact, which may have been merged into another since; "" if it was deleted before it was known.
    contact: str = ""
    #: The newest version of the organisation's system, None if only files were imported.
    sender_version: int | None = None
    #: Digests of the content of that version, and of the last imported row.
    version_digest: str = ""
    row_digest: str = ""
    stated: Stated = Stated()
    #: The fields that could not be applied, with the reason.
    notes: list[str] = []
    deleted: bool = False
    updated_at: datetime
