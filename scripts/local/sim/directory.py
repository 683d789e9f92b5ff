"""Which tenant and channel a request is about."""

from __future__ import annotations

import hmac

from scripts.local.sim.settings import LoadedTenant, SimSettings
from scripts.local.vendors.registry import GATEWAYS
from shared.errors import ConfigurationError, Rejected
from shared.models.tenant import Channel

#: A channel without a gateway: the page that a visitor has open asks the webhook itself.
PAGE = "webchat"


class Directory:
    """The loaded tenants, asked by name or by the API key that a call carries."""

    def __init__(self, settings: SimSettings) -> None:
        self._tenants = settings.tenants
        self._secret = settings.secret

    def tenants(self) -> list[LoadedTenant]:
        """Those with a channel that can be used here."""
        return [each for each in self._tenants if any(map(usable, each.channels))]

    def channel_names(self) -> set[str]:
        """The names of all simulated channels."""
        return {c.channel for each in self._tenants for c in each.channels if c.kind in GATEWAYS}

    def find(self, tenant: str, channel: str) -> tuple[LoadedTenant, Channel]:
        """Raises Rejected(404) where there is no such tenant or channel."""
        for each in self._tenants:
            for candidate in each.channels:
                if (candidate.tenant, candidate.channel) == (tenant, channel):
                    return each, candidate
        raise Rejected(404, f"no channel {channel!r} of a tenant {tenant!r} here")

    async def by_api_key(self, kind: str, key: str) -> Channel | None:
        """The channel of this kind whose `api_key` this is; None for a key that is nobody's.
        Raises ConfigurationError where two channels share it: whose call it is could not be told."""
        found = [
            channel
            for each in self._tenants
            for channel in each.channels
            if channel.kind == kind and await self._opens(channel, key)
        ]
        if len(found) > 1:
            names = ", ".join(f"{each.tenant}/{each.channel}" for each in found)
            raise ConfigurationError(
                f"the secret api_key is the same for {names}: expected one of its own each"
            )
        return found[0] if found else None

    async def _opens(self, channel: Channel, key: str) -> bool:
        value = await self._secret(channel.secrets["api_key"])
        return hmac.compare_digest(value.encode(), key.encode())


def usable(channel: Channel) -> bool:
    """Whether a phone can play it."""
    return channel.kind in GATEWAYS or channel.kind == PAGE
