"""The gateways of tenants' channels, ready to be asked. Channels are read anew each time."""

from __future__ import annotations

from collections.abc import Callable

from shared.channels import Connection, Gateway
from shared.errors import ConfigurationError, Rejected
from shared.models.tenant import Channel
from shared.platform.store import Store
from shared.tenants.directory import Directory


class Gateways:
    """`origin` is where our functions are reached; `make_gateway` comes from the plugins."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        make_gateway: Callable[[str, Connection, str], Gateway | None],
        origin: str,
    ) -> None:
        self._store, self._directory = store, directory
        self._make_gateway, self._origin = make_gateway, origin.rstrip("/")

    async def channel(self, tenant: str, channel: str) -> Channel:
        """Raises Rejected(404) where there is none."""
        try:
            found = await self._store.get(Channel, tenant=tenant, channel=channel)
        except ValueError:  # no name that a document could have
            found = None
        if found is None:
            raise Rejected(404, "no such tenant or channel")
        return found

    def open(self, channel: Channel) -> Gateway | None:
        """None where the channel has no gateway. Raises ConfigurationError where a setting is wrong."""
        return self._make_gateway(channel.kind, self.connection(channel), self.webhook(channel))

    def connection(self, channel: Channel) -> Connection:
        return self._directory.connection(channel)

    def webhook(self, channel: Channel) -> str:
        """The address that this channel's gateway posts to."""
        return self.address(f"webhook/{channel.tenant}/{channel.channel}")

    def address(self, path: str) -> str:
        """Raises ConfigurationError where nobody has said where our functions are."""
        if not self._origin:
            raise ConfigurationError("environment: CONCIERGE_ORIGIN is not set (expected https://…)")
        return f"{self._origin}/{path}"
