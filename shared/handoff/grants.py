"""Checking of signed links: a token's claims, then its signature with the key of the tenant that it names."""

from __future__ import annotations

from typing import TypeVar

from shared.platform import logs
from shared.platform.clock import Clock
from shared.tenants.directory import Directory
from shared.tenants.links import FileGrant, PinGrant, StaffGrant, refusal

G = TypeVar("G", FileGrant, StaffGrant, PinGrant)


async def granted(kind: type[G], token: str, directory: Directory, clock: Clock) -> G:
    """Returns the right that a token gives. Raises Rejected(401), the same for all that is wrong with it."""
    grant = kind.read(token, clock.now())
    tenant = await directory.tenant(grant.tenant)
    if tenant is None or not tenant.secrets.get("link_key"):
        raise refusal()
    await directory.check_key(grant.tenant, "link_key", lambda key: grant.check(token, key))
    logs.bind(tenant=grant.tenant)
    return grant
