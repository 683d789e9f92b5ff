"""Records that an organisation keeps with us, readable and written in the console."""

from __future__ import annotations

from typing import ClassVar

from shared.models.document import Document


class Record(Document):
    """One record of a table. `fields` are its values by name; a list holds the ids of what it links to.

    Names of fields are words without accents or spaces: Firestore takes others only in quotes.
    """

    path: ClassVar[str] = "tenants/{tenant}/records/{table}/rows/{row}"
    tenant: str
    table: str
    row: str
    fields: dict[str, str | int | float | bool | list[str] | None] = {}
