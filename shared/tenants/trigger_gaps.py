"""Warnings about triggers that are right, and yet leave people without their message."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.models.definition import Definition, Once, WindowCloses
from shared.models.tenant import Tenant
from shared.tenants.documents import TenantDocuments


def gaps(file: TenantDocuments, windowed: Collection[str], now: datetime) -> Iterator[str]:
    """Yields a line for each gap. `windowed` are the channels whose network has a window."""
    for trigger in file.triggers:
        definition = Definition.model_validate(trigger.definition)
        for field, message in _gaps(definition, file.tenant, windowed, now):
            yield f"triggers.{trigger.trigger}.{field}: {message}"


def _gaps(
    definition: Definition, tenant: Tenant, windowed: Collection[str], now: datetime
) -> Iterator[tuple[str, str]]:
    """Yields a field and a message for each gap."""
    when, used = definition.when, sorted(windowed)
    if definition.channels:
        used = [name for name in used if name in definition.channels]
    if isinstance(when, Once) and when.once != "confirmed":
        local = now.astimezone(ZoneInfo(tenant.timezone)).replace(tzinfo=None)
        if datetime.fromisoformat(when.once) < local:
            yield "when.once", f"{when.once} is past"
    if isinstance(when, WindowCloses) and not used:
        yield "when.before_window_closes", "no channel has a window, so it never begins"
    if definition.kind == "promotion" and "contacts_key" not in tenant.secrets:
        yield "kind", "only people imported with their consent get it: secrets.contacts_key is not set"
    if lacking := _lacking(tenant, definition.says):
        yield "says", f"said in another language to people who speak {lacking}"
    if (lacking := _lacking(tenant, definition.template)) and used and not isinstance(when, WindowCloses):
        yield "template", f"not sent outside the window of {', '.join(used)} to people who speak {lacking}"


def _lacking(tenant: Tenant, said: Collection[str]) -> str:
    return ", ".join(language for language in tenant.languages if language not in said)
