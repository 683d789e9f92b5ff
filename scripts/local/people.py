"""The demo tenants' people, imported at the start of the local run as `make contacts` does."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from scripts import encoding, tenant_file
from scripts.contacts import Ids, lines
from shared.contacts.importing import Import
from shared.contacts.writing import Writing
from shared.errors import ConfigurationError
from shared.models.people import Contact
from shared.models.tenant import Tenant
from shared.platform.store import Where
from shared.triggers.planning import Planner
from shared.triggers.rules import Rules

#: One file for each tenant that has people, `<tenant>.csv`.
FOLDER = tenant_file.DEMO / "contacts"
#: The most people whose occurrences are planned before the first tick.
_PLANNED = 500


async def load(writing: Writing, tenants: Iterable[Tenant], folder: Path = FOLDER) -> None:
    """Imports each tenant's file; a row that was imported before changes nothing.

    Raises ConfigurationError if a file is wrong, with its problems.
    """
    for tenant in tenants:
        path = folder / f"{tenant.tenant}.csv"
        if path.exists():
            await _import(writing, tenant, path)
            await _plan(writing, tenant)


async def _import(writing: Writing, tenant: Tenant, path: Path) -> None:
    with encoding.opened(path) as stream, closing(Ids()) as ids:
        try:
            report = await Import(writing, tenant, path.name, ids.first).run(stream)
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}: {error}") from None
    if report.problems_found:
        raise ConfigurationError("\n".join(lines(tenant.tenant, path.name, report, dry=False)))


async def _plan(writing: Writing, tenant: Tenant) -> None:
    """Plans at once what the tick of the first minute would plan."""
    store, clock = writing.store, writing.clock
    rules, planner = await Rules(store).of(tenant), Planner(store, clock)
    where = [Where("plan_at", "<=", clock.now())]
    for contact in await store.query(Contact, where=where, limit=_PLANNED, tenant=tenant.tenant):
        await planner.plan(tenant, rules, contact.contact)
