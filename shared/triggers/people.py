"""What triggers know of a contact."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.models.attributes import Value
from shared.models.people import Contact
from shared.models.tenant import Tenant


def values_of(tenant: Tenant, contact: Contact, zone: ZoneInfo, now: datetime) -> dict[str, Value]:
    """Returns the values that conditions and templates may use; an empty text counts as absent."""
    found: dict[str, Value] = {
        name: value for name, value in contact.attributes.items() if name in tenant.attributes
    }
    found |= {
        "name": contact.name,
        "language": contact.language,
        "country": contact.country,
        "timezone": zone.key,
        "today": now.astimezone(zone).date().isoformat(),
    }
    return {name: value for name, value in found.items() if value not in ("", [])}
