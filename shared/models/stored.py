"""Tenants and channels as they are stored, right or wrong, and their last good versions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar

from pydantic import TypeAdapter, ValidationError, model_serializer

from shared.models.document import Document, is_name
from shared.models.tenant import Channel, Health, Tenant

T = TypeVar("T")
_HEALTH = TypeAdapter(Health)
_TIME = TypeAdapter(datetime)


class Stored(Document):
    """A document as it is stored: its `fields` may have any names and types."""

    #: The fields that we write ourselves, besides those of the path.
    ours: ClassVar[tuple[str, ...]]
    fields: dict[str, Any]

    @classmethod
    def read(cls, fields: Any) -> Self:
        return cls(fields=dict(fields))

    @model_serializer
    def _flat(self) -> dict[str, Any]:
        return self.fields

    @property
    def digest(self) -> str:
        """A digest (16 hexadecimal digits) of the fields that people write."""
        edited = {name: value for name, value in self.fields.items() if name not in self.ours}
        text = json.dumps(edited, sort_keys=True, ensure_ascii=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def names(self) -> dict[str, str] | None:
        """The fields of its path, None if they are no names: then it cannot be located."""
        path = self.keys()
        found = {
            name: value for name in path if isinstance(value := self.fields.get(name), str) and is_name(value)
        }
        return found if len(found) == len(path) else None

    def location(self) -> str:
        """Returns the path. Raises ValueError if the document has lost its names."""
        if self.names is None:
            raise ValueError(f"a {type(self).__name__} without its names cannot be located")
        return self.locate(**self.names)


class StoredTenant(Stored):
    path: ClassVar[str] = Tenant.path
    ours: ClassVar[tuple[str, ...]] = ("listens", "problem", "checked")


class StoredChannel(Stored):
    """A channel. A property is None if something else was written into its field."""

    path: ClassVar[str] = Channel.path
    ours: ClassVar[tuple[str, ...]] = ("health", "due_at", "problem", "checked")

    @property
    def health(self) -> Health | None:
        return self._read("health", _HEALTH)

    @property
    def due_at(self) -> datetime | None:
        """Time of maintenance's next check of the gateway."""
        return self._read("due_at", _TIME)

    def learn(self, health: Health) -> None:
        """Records the newest state of the gateway's connection."""
        self.fields["health"] = health.model_dump()

    def _read(self, field: str, form: TypeAdapter[T]) -> T | None:
        try:
            return form.validate_python(self.fields.get(field))
        except ValidationError:
            return None


class Version(Document):
    """The last good version of an edited document: of the tenant (`tenant`) or of a channel
    (`channels.NAME`)."""

    path: ClassVar[str] = "tenants/{tenant}/versions/{document}"
    tenant: str
    document: str
    fields: Mapping[str, Any]
