"""The version in force of a tenant or a channel that people edit in the database's console.

An edit is in force if it passes the check. Else the last good version is, which maintenance keeps beside it
(upkeep/checking.py) and which is read only then. An edit that maintenance has checked is not checked again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar, cast

from pydantic import ValidationError

from shared.errors import ConfigurationError
from shared.models.stored import Stored, StoredChannel, StoredTenant, Version
from shared.models.tenant import Channel, Tenant
from shared.platform.store import Store
from shared.tenants.problems import Invalid

T = TypeVar("T", Tenant, Channel)
Fields = Mapping[str, Any]


async def tenant(store: Store, name: str) -> Tenant | None:
    """Returns the tenant in force, None if there is none. Raises ConfigurationError if no version of it can
    be used."""
    stored = await store.get(StoredTenant, tenant=name)
    if stored is None:
        return None
    stored.fields |= {"tenant": name}
    return await tenant_in_force(store, stored)


async def channel(store: Store, tenant: str, name: str) -> Channel | None:
    """Returns the channel in force, None if there is none. Raises ConfigurationError if no version of it can
    be used."""
    stored = await store.get(StoredChannel, tenant=tenant, channel=name)
    if stored is None:
        return None
    stored.fields |= {"tenant": tenant, "channel": name}
    return await channel_in_force(store, stored)


async def tenants(store: Store, limit: int) -> list[Tenant]:
    """Returns the tenants in force, without those of which no version can be used."""
    found = []
    for stored in await store.query(StoredTenant, limit=limit):
        if stored.names is None:
            continue
        try:
            found.append(await tenant_in_force(store, stored))
        except ConfigurationError:  # upkeep/checking.py tells of it
            continue
    return found


async def tenant_in_force(store: Store, stored: StoredTenant) -> Tenant:
    """Returns the version in force. Raises ConfigurationError if none can be used."""
    return await _in_force(store, stored, Tenant)


async def channel_in_force(store: Store, stored: StoredChannel) -> Channel:
    """Returns the version in force. Raises ConfigurationError if none can be used."""
    return await _in_force(store, stored, Channel)


def document(stored: Stored) -> str:
    """Returns the name of a document among the versions."""
    return "tenant" if isinstance(stored, StoredTenant) else f"channels.{stored.fields['channel']}"


def check(stored: Stored) -> Tenant | Channel:
    """Returns the tenant or channel if it is right. Raises Invalid with all problems."""
    if isinstance(stored, StoredTenant):
        return _check(Tenant, stored.fields)
    return _check(Channel, stored.fields)


def sentence(invalid: Invalid) -> str:
    """Returns the first problem in one sentence, with the number of the others."""
    first, *others = invalid.problems
    more = f" (and {len(others)} more)" if others else ""
    return f"{first.field}: {first.message}{more}" if first.field else f"{first.message}{more}"


async def write(store: Store, document: Tenant | Channel) -> None:
    """Writes a tenant or channel, and the same as its good version. Raises Invalid if it is wrong."""
    kind = StoredTenant if isinstance(document, Tenant) else StoredChannel
    stored = kind.read(document.model_dump())
    check(stored)
    await keep(store, stored)
    document.problem, document.checked = "", stored.digest
    await store.put(document)


async def keep(store: Store, stored: Stored) -> None:
    """Keeps a document that was checked as its good version."""
    tenant = stored.fields["tenant"]
    await store.put(Version(tenant=tenant, document=document(stored), fields=stored.fields))


async def _in_force(store: Store, stored: Stored, model: type[T]) -> T:
    """Returns the edited document if it is right, else its last good version with our own fields of now.

    Without a good version, such as before the first check, an edit that breaks a rule but can be read is in
    force.
    """
    fields = stored.fields
    checked = fields.get("checked") == stored.digest and not fields.get("problem")
    try:
        return model.model_validate(fields) if checked else _check(model, fields)
    except (Invalid, ValidationError):
        pass
    version = await store.get(Version, tenant=fields["tenant"], document=document(stored))
    good = version.fields if version else {}
    state = {name: value for name, value in fields.items() if name in stored.ours}
    ways: Sequence[Callable[[], T]] = [
        partial(_check, model, {**good, **state}),
        partial(_check, model, good),
        partial(model.model_validate, fields),
        partial(model.model_validate, good),
    ]
    for way in ways:
        try:
            return way()
        except (Invalid, ValidationError):
            continue
    raise ConfigurationError(f"{stored.location()}: {_problem(stored)}")


def _problem(stored: Stored) -> str:
    try:
        check(stored)
    except Invalid as invalid:
        return sentence(invalid)
    return "cannot be read"


def _check(model: type[T], fields: Fields) -> T:
    from shared.tenants import validation  # takes some 30 ms, and only an unchecked edit needs it

    validate = validation.validate_settings if model is Tenant else validation.validate_channel
    return cast(T, validate(fields))
