"""Who our tenants are: their settings, channels and providers, kept for a minute.

It keeps the webhook off the database on its steady path, and lets an administrator's change in the console
take effect within a minute, without a deploy. A name that is no slug is nobody's: it is neither looked up nor
kept, so that made-up names cost nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from shared import channels, llm
from shared.errors import ConfigurationError, Drop
from shared.models.tenant import OFFLINE, Channel, Tenant, is_slug
from shared.models.terms import Terms
from shared.platform.clock import Clock
from shared.platform.http import Http
from shared.platform.secrets import Secrets
from shared.platform.store import Store

V = TypeVar("V")

KEEP = timedelta(seconds=60)
#: A miss is kept too, so that made-up names do not become reads; not for long, for a new tenant's sake.
KEEP_MISS = timedelta(seconds=5)
LIMIT = 1_000


class Plugins(Protocol):
    """Plugin files by name, as `tenants/plugins` imports them."""

    def channel(self, kind: str, connection: channels.Connection) -> channels.Channel: ...

    def gateway(
        self, kind: str, connection: channels.Connection, address: str
    ) -> channels.Gateway | None: ...

    def model(self, kind: str, connection: llm.Connection) -> llm.Model: ...


class Directory:
    """Tenants and their channels, cached for a minute; `origin` is our functions' address, "" if unset."""

    def __init__(
        self,
        store: Store,
        secrets: Secrets,
        http: Http,
        clock: Clock,
        plugins: Plugins,
        origin: str = "",
    ) -> None:
        self._store, self._secrets, self._http, self._clock = store, secrets, http, clock
        self._plugins, self._origin = plugins, origin.rstrip("/")
        self._tenants: _Kept[Tenant] = _Kept(clock)
        self._channels: _Kept[tuple[Channel, channels.Channel]] = _Kept(clock)

    async def tenant(self, tenant: str) -> Tenant | None:
        """The tenant's document, or None if there is none of that name."""
        if not is_slug(tenant):
            return None
        return await self._tenants.get(tenant, lambda: self._store.get(Tenant, tenant=tenant))

    async def channel(self, tenant: str, channel: str) -> channels.Channel | None:
        """The channel ready to use, or None where the tenant has none of that name."""
        found = await self._found(tenant, channel)
        return found[1] if found else None

    async def connected(self, tenant: str, channel: str) -> channels.Channel:
        """Returns the channel ready to use. Raises Drop if the tenant has it no more."""
        found = await self.channel(tenant, channel)
        if found is None:
            raise Drop("channel_is_gone")
        return found

    async def terms(self, tenant: str, channel: str) -> Terms:
        """The channel's; nobody's where it is gone."""
        found = await self.channel(tenant, channel)
        return found.terms if found else Terms()

    async def settings(self, tenant: str, channel: str) -> Channel | None:
        """The channel's document."""
        found = await self._found(tenant, channel)
        return found[0] if found else None

    def connection(self, settings: Channel) -> channels.Connection:
        """What a plugin file for this channel is given."""
        return channels.Connection(settings, self._secret(settings), self._http, self._clock.now)

    def gateway(self, settings: Channel) -> channels.Gateway | None:
        """Returns a channel's gateway, or None if its kind has none. Raises ConfigurationError."""
        address = self.address(f"webhook/{settings.tenant}/{settings.channel}")
        return self._plugins.gateway(settings.kind, self.connection(settings), address)

    def address(self, path: str) -> str:
        """Returns the public address of a function's path. Raises ConfigurationError if no origin is set."""
        if not self._origin:
            raise ConfigurationError("environment: CONCIERGE_ORIGIN is not set (expected https://…)")
        return f"{self._origin}/{path}"

    def model(self, tenant: Tenant) -> llm.Model | None:
        """Returns the tenant's language model, or None if it answers offline. Raises ConfigurationError.

        It is built anew for each answer: it holds nothing but the tenant's choice.
        """
        chosen = tenant.answers
        if chosen.provider == OFFLINE:
            return None
        connection = llm.Connection(chosen.model, self._secret_or_none(chosen.secrets))
        return self._plugins.model(chosen.provider, connection)

    async def _found(self, tenant: str, channel: str) -> tuple[Channel, channels.Channel] | None:
        if not (is_slug(tenant) and is_slug(channel)):
            return None
        return await self._channels.get(f"{tenant}/{channel}", lambda: self._connect(tenant, channel))

    async def _connect(self, tenant: str, channel: str) -> tuple[Channel, channels.Channel] | None:
        settings = await self._store.get(Channel, tenant=tenant, channel=channel)
        if settings is None:
            return None
        return settings, self._plugins.channel(settings.kind, self.connection(settings))

    def _secret(self, settings: Channel) -> Callable[[str], Awaitable[str]]:
        async def secret(name: str) -> str:
            if name not in settings.secrets:
                raise ConfigurationError(
                    f"{settings.location()}: secrets.{name} is missing (expected its name)"
                )
            return await self._secrets.get(settings.secrets[name])

        return secret

    def _secret_or_none(self, names: dict[str, str]) -> Callable[[str], Awaitable[str | None]]:
        async def secret(name: str) -> str | None:
            return await self._secrets.get(names[name]) if name in names else None

        return secret


class _Kept(Generic[V]):
    """Values by key with an age, the least recently used one out first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._values: OrderedDict[str, tuple[datetime, V | None]] = OrderedDict()

    async def get(self, key: str, load: Callable[[], Awaitable[V | None]]) -> V | None:
        now = self._clock.now()
        if key in self._values:
            until, value = self._values[key]
            if now < until:
                self._values.move_to_end(key)
                return value
        value = await load()
        self._values[key] = (now + (KEEP if value is not None else KEEP_MISS), value)
        self._values.move_to_end(key)
        while len(self._values) > LIMIT:
            self._values.popitem(last=False)
        return value
