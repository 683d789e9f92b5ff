"""Look-up of the tenant and channel that a request is about."""

from __future__ import annotations

import hmac

from scripts.local.sim.settings import LoadedTenant, SimSettings
from scripts.local.vendors.registry import GATEWAYS
from shared.errors import ConfigurationError, Rejected
from shared.models.tenant import Channel

#: The kind of channel without a gateway: the visitor's page calls the webhook itself.
PAGE = "webchat"


class Directory:
    """The loaded tenants, found by name or by the API key of a call."""

    def __init__(self, settings: SimSettings) -> None:
        self._tenants = settings.tenants
        self._secret = settings.secret

    def tenants(self) -> list[LoadedTenant]:
        """Returns the tenants with a channel that the phone page can use."""
        return [each for each in self._tenants if any(map(usable, each.channels))]

    def channel_names(self) -> set[str]:
        """Returns the names of all simulated channels."""
        return {c.channel for each in self._tenants for c in each.channels if c.kind in GATEWAYS}

    def tenant(self, name: str) -> LoadedTenant:
        """Returns the tenant. Raises Rejected(404) if it does not exist."""
        for each in self._tenants:
            if each.tenant.tenant == name:
                return each
        raise Rejected(404, f"no tenant {name!r} here")

    def find(self, tenant: str, channel: str) -> tuple[LoadedTenant, Channel]:
        """Returns the tenant and its channel. Raises Rejected(404) if either does not exist."""
        for each in self._tenants:
            for candidate in each.channels:
                if (candidate.tenant, candidate.channel) == (tenant, channel):
                    return each, candidate
        raise Rejected(404, f"no channel {channel!r} of a tenant {tenant!r} here")

    async def by_api_key(self, kind: str, key: str) -> Channel | None:
        """Returns the channel of this kind with this `api_key`, or None for an unknown key. Raises
        ConfigurationError if two channels share the key, since the caller is then ambiguous."""
        found = [
            channel
            for each in self._tenants
            for channel in each.channels
            if channel.kind == kind and await self._opens(channel, key)
        ]
        if len(found) > 1:
            names = ", ".join(f"{each.tenant}/{each.channel}" for each in found)
            raise ConfigurationError(
                f"the secret api_key is the same for {names} (expected a different one for each)"
            )
        return found[0] if found else None

    async def _opens(self, channel: Channel, key: str) -> bool:
        value = await self._secret(channel.secrets["api_key"])
        return hmac.compare_digest(value.encode(), key.encode())


def usable(channel: Channel) -> bool:
    """Whether the phone page can use the channel."""
    return channel.kind in GATEWAYS or channel.kind == PAGE
