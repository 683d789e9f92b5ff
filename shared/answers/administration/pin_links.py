"""Links on which a member of staff sets their PIN, on a page of the function `desk`."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.models.tenant import Tenant
from shared.tenants.directory import Directory
from shared.tenants.links import PinGrant

#: How long a link is valid.
LASTS = timedelta(minutes=15)


class PinLinks:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    async def link(self, tenant: Tenant, staff: str, now: datetime) -> str:
        """Returns the address of the page with a signed token after its #, so that no log gets it.

        Raises ConfigurationError if the tenant has no key for links, or we know no address of ours.
        """
        grant = PinGrant(tenant.tenant, now.replace(microsecond=0) + LASTS, staff)
        token = grant.token(await self._directory.link_key(tenant.tenant))
        return f"{self._directory.address('desk/pin.html')}#{token}"
